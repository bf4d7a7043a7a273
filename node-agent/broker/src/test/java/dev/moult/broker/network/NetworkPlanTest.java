package dev.moult.broker.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.broker.Refusal;
import dev.moult.wire.Request.MakeNetwork;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkPlanTest {
  private static final MakeNetwork REQUEST =
      new MakeNetwork("a", "10.0.2.2", "10.0.2.1", 24, 0, true, List.of());

  @Test
  void takes_the_pods_mtu_unless_another_is_asked_for() {
    var other = new MakeNetwork("a", "10.0.2.2", "10.0.2.1", 24, 9000, true, List.of());

    assertThat(NetworkPlan.of(REQUEST, 1450, "10.88.0.7").mtu()).isEqualTo(1450);
    assertThat(NetworkPlan.of(other, 1450, "10.88.0.7").mtu()).isEqualTo(9000);
  }

  @Test
  void forwards_every_protocol_to_the_guest_and_masquerades_it() {
    NetworkPlan plan = NetworkPlan.of(REQUEST, 1450, "10.88.0.7");

    assertThat(plan.nftRules())
        .contains("iifname \"eth0\" ip daddr 10.88.0.7 dnat to 10.0.2.2")
        .contains("oifname \"eth0\" ip saddr 10.0.2.2 masquerade");
    assertThat(plan.ipCommands())
        .containsExactly(
            "link set dev tap0 mtu 1450",
            "address replace 10.0.2.1/24 dev tap0",
            "link set dev tap0 up");
  }

  @Test
  void forwards_the_given_ports_alone() {
    var request =
        new MakeNetwork(
            "a", "10.0.2.2", "10.0.2.1", 24, 0, true, List.of("tcp/443", "udp/53", "tcp/80"));

    assertThat(NetworkPlan.of(request, 1450, "10.88.0.7").nftRules())
        .contains("iifname \"eth0\" ip daddr 10.88.0.7 tcp dport { 80, 443 } dnat to 10.0.2.2\n")
        .contains("iifname \"eth0\" ip daddr 10.88.0.7 udp dport { 53 } dnat to 10.0.2.2\n")
        .doesNotContain("10.88.0.7 dnat");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "tcp", "tcp/0", "tcp/65536", "icmp/1", "tcp/80 }", "tcp/80\n", "TCP/80"})
  void refuses_what_is_no_port_before_it_reaches_a_script(String port) {
    var request = new MakeNetwork("a", "10.0.2.2", "10.0.2.1", 24, 0, true, List.of(port));

    assertThatThrownBy(() -> NetworkPlan.of(request, 1500, "10.88.0.7"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "10.0.2", "10.0.2.256", "10.0.2.2; reboot", "::1", "10.0.2.2\n", "1.2.3.٤"})
  void refuses_what_is_no_address_before_it_reaches_a_script(String address) {
    var request = new MakeNetwork("a", address, "10.0.2.1", 24, 0, true, List.of());

    assertThatThrownBy(() -> NetworkPlan.of(request, 1500, "10.88.0.7"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void reads_the_pods_link() throws Exception {
    PodLink link =
        PodLink.parse(
            "2: eth0@if12: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP mode"
                + " DEFAULT group default \\    link/ether 8a:51:aa:bb:cc:dd",
            "2: eth0    inet 10.88.0.7/16 brd 10.88.255.255 scope global eth0\\  valid_lft forever");

    assertThat(link).isEqualTo(new PodLink(1450, "10.88.0.7"));
  }

  @Test
  void says_that_a_pod_without_ipv4_cannot_have_this_network() {
    assertThatThrownBy(() -> PodLink.parse("2: eth0: <UP> mtu 1500 qdisc noqueue", ""))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("IPv4");
  }
}
