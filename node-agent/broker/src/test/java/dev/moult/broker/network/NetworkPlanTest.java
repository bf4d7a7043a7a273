package dev.moult.broker.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.broker.Refusal;
import dev.moult.wire.Request.MakeNetwork;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkPlanTest {
  private static final MakeNetwork REQUEST =
      new MakeNetwork("a", "10.0.2.2", "10.0.2.1", 24, 0, true, List.of());
  private static final PodLink POD = new PodLink(1450, "10.88.0.7", null);
  private static final PodLink DUAL = new PodLink(1450, "10.88.0.7", "fd88::7");

  @Test
  void takes_the_pods_mtu_unless_another_is_asked_for() {
    var other = new MakeNetwork("a", "10.0.2.2", "10.0.2.1", 24, 9000, true, List.of());

    assertThat(NetworkPlan.of(REQUEST, POD).mtu()).isEqualTo(1450);
    assertThat(NetworkPlan.of(other, POD).mtu()).isEqualTo(9000);
  }

  @Test
  void forwards_every_protocol_to_the_guest_and_masquerades_it() {
    NetworkPlan plan = NetworkPlan.of(REQUEST, POD);

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

    assertThat(NetworkPlan.of(request, POD).nftRules())
        .contains("iifname \"eth0\" ip daddr 10.88.0.7 tcp dport { 80, 443 } dnat to 10.0.2.2\n")
        .contains("iifname \"eth0\" ip daddr 10.88.0.7 udp dport { 53 } dnat to 10.0.2.2\n")
        .doesNotContain("10.88.0.7 dnat");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "tcp", "tcp/0", "tcp/65536", "icmp/1", "tcp/80 }", "tcp/80\n", "TCP/80"})
  void refuses_what_is_no_port_before_it_reaches_a_script(String port) {
    var request = new MakeNetwork("a", "10.0.2.2", "10.0.2.1", 24, 0, true, List.of(port));

    assertThatThrownBy(() -> NetworkPlan.of(request, POD))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "10.0.2", "10.0.2.256", "10.0.2.2; reboot", "::1", "10.0.2.2\n", "1.2.3.٤"})
  void refuses_what_is_no_address_before_it_reaches_a_script(String address) {
    var request = new MakeNetwork("a", address, "10.0.2.1", 24, 0, true, List.of());

    assertThatThrownBy(() -> NetworkPlan.of(request, POD))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void what_a_pod_without_ipv6_is_given_says_nothing_of_it() {
    NetworkPlan plan = NetworkPlan.of(REQUEST, POD);

    assertThat(plan.nftRules()).doesNotContain("ip6");
    assertThat(plan.ipCommands()).noneMatch(line -> line.contains(":"));
  }

  @Test
  void a_pod_with_both_is_given_ipv6_beside_the_same_ipv4() {
    NetworkPlan plan = NetworkPlan.of(REQUEST, DUAL);

    assertThat(plan.nftRules())
        .startsWith(NetworkPlan.of(REQUEST, POD).nftRules())
        .contains("iifname \"eth0\" ip6 daddr fd88::7 dnat to fd10:0:2::2")
        .contains("oifname \"eth0\" ip6 saddr fd10:0:2::2 masquerade")
        .contains("type filter hook forward priority filter; policy drop;")
        .contains("oifname != \"tap0\" meta mark 27958 drop");
    assertThat(plan.ipCommands())
        .containsExactly(
            "link set dev tap0 mtu 1450",
            "address replace 10.0.2.1/24 dev tap0",
            "link set dev tap0 addrgenmode none",
            "link set dev tap0 up",
            "address replace fe80::1/64 dev tap0 nodad",
            "address replace fd10:0:2::1/120 dev tap0 nodad");
  }

  @Test
  void a_pod_with_ipv6_alone_is_given_that_alone() {
    NetworkPlan plan = NetworkPlan.of(REQUEST, new PodLink(1500, null, "fd88::7"));

    assertThat(plan.nftRules()).contains("table ip6 moult").doesNotContain("table ip moult");
    assertThat(plan.ipCommands()).noneMatch(line -> line.contains("10.0.2"));
  }

  @Test
  void the_same_ports_are_forwarded_by_either() {
    var request =
        new MakeNetwork(
            "a", "10.0.2.2", "10.0.2.1", 24, 0, true, List.of("tcp/443", "udp/53", "tcp/80"));

    assertThat(NetworkPlan.of(request, DUAL).nftRules())
        .contains("ip6 daddr fd88::7 tcp dport { 80, 443 } dnat to fd10:0:2::2\n")
        .contains("ip6 daddr fd88::7 udp dport { 53 } dnat to fd10:0:2::2\n")
        .doesNotContain("fd88::7 dnat");
  }

  @Test
  void ipv6_needs_an_mtu_that_it_can_have() {
    var small = new MakeNetwork("a", "10.0.2.2", "10.0.2.1", 24, 1000, true, List.of());

    assertThat(NetworkPlan.of(small, POD).mtu()).isEqualTo(1000);
    assertThatThrownBy(() -> NetworkPlan.of(small, DUAL)).hasMessageContaining("IPv6");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "fd88::7%eth0", "fd88::7; x", "fd88::7\n", "::ffff:1.2.3.4", "1.2.3.4"})
  void refuses_what_is_no_ipv6_address_before_it_reaches_a_script(String address) {
    assertThatThrownBy(() -> new Ipv6Plan(address, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** The server that gives the guest its address is a script beside the anchor. */
  @Test
  void the_guests_server_knows_the_same_address() throws Exception {
    String script = Files.readString(Path.of("../../images/java/dhcp"));
    String shim = Files.readString(Path.of("../../images/java/router.c"));

    assertThat(script)
        .contains(
            "--dhcp-range=%1$s,%1$s,%2$d,infinite".formatted(Ipv6Plan.GUEST, Ipv6Plan.PREFIX));
    assertThat(shim).contains("door[] = \"" + RouterSockets.NAME + "\"");
  }

  @Test
  void reads_the_pods_link() throws Exception {
    assertThat(PodLink.parse(LINK, ADDRESS, "")).isEqualTo(new PodLink(1450, "10.88.0.7", null));
  }

  @Test
  void reads_an_address_that_is_there_to_stay() throws Exception {
    String addresses =
        """
        2: eth0    inet6 fd88::bad/64 scope global dadfailed tentative \\       valid_lft forever
        2: eth0    inet6 fd88::1234/64 scope global temporary dynamic \\       valid_lft 86000sec
        2: eth0    inet6 fd88::7/64 scope global nodad \\       valid_lft forever preferred_lft forever
        2: eth0    inet6 fd88::8/64 scope global \\       valid_lft forever preferred_lft forever
        """;

    assertThat(PodLink.parse(LINK, ADDRESS, addresses))
        .isEqualTo(new PodLink(1450, "10.88.0.7", "fd88::7"));
    assertThat(PodLink.parse(LINK, "", addresses)).isEqualTo(new PodLink(1450, null, "fd88::7"));
  }

  @Test
  void says_that_a_pod_without_any_address_cannot_have_this_network() {
    assertThatThrownBy(() -> PodLink.parse("2: eth0: <UP> mtu 1500 qdisc noqueue", "", ""))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("neither an IPv4 nor an IPv6 address");
  }

  private static final String LINK =
      "2: eth0@if12: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP mode"
          + " DEFAULT group default \\    link/ether 8a:51:aa:bb:cc:dd";
  private static final String ADDRESS =
      "2: eth0    inet 10.88.0.7/16 brd 10.88.255.255 scope global eth0\\  valid_lft forever";
}
