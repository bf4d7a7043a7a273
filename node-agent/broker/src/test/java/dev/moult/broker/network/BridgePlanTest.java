package dev.moult.broker.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.broker.Refusal;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BridgePlanTest {
  private static final String SHOWN =
      "2: eth0@if12: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP mode DEFAULT"
          + " group default \\    link/ether 8a:51:aa:bb:cc:dd brd ff:ff:ff:ff:ff:ff link-netnsid 0";
  private static final String ADDRESS =
      "2: eth0    inet 10.88.0.7/16 brd 10.88.255.255 scope global eth0\\       valid_lft forever";
  private static final BridgedLink LINK =
      new BridgedLink("10.88.0.7", 16, "8a:51:aa:bb:cc:dd", "10.88.0.1", List.of());

  /** How well-known networks set up a pod, lines separated by semicolons. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        // bridge with host-local; flannel, whose other route says the same
        "default via 10.88.0.1;10.88.0.0/16 proto kernel scope link src 10.88.0.7|16|10.88.0.1|-",
        "default via 10.88.0.1;10.0.0.0/8 via 10.88.0.1;10.88.0.0/16 proto kernel scope link"
            + "|16|10.88.0.1|-",
        // Calico, with a gateway that is in no prefix, and one that says so by a flag
        "default via 169.254.1.1;169.254.1.1 scope link|32|169.254.1.1"
            + "|169.254.1.1/32,0.0.0.0 0.0.0.0/0,169.254.1.1",
        "default via 169.254.1.1 onlink|32|169.254.1.1"
            + "|169.254.1.1/32,0.0.0.0 0.0.0.0/0,169.254.1.1",
        // ptp, which leads to the neighbours too by the gateway
        "default via 10.88.0.1;10.88.0.0/16 via 10.88.0.1 src 10.88.0.7;10.88.0.1 scope link"
            + "|32|10.88.0.1|10.88.0.1/32,0.0.0.0 0.0.0.0/0,10.88.0.1",
        // another gateway; none
        "default via 10.88.0.1;10.96.0.0/12 via 10.88.0.2;10.88.0.0/16 proto kernel scope link"
            + "|16|10.88.0.1|10.96.0.0/12,10.88.0.2 0.0.0.0/0,10.88.0.1",
        "10.88.0.0/16 proto kernel scope link src 10.88.0.7|16|-|-",
        "default scope link|32|-|0.0.0.0/0,0.0.0.0",
      })
  void reads_what_the_guest_is_to_be_told(String routes, int prefix, String gateway, String told)
      throws Exception {
    BridgedLink link = BridgedLink.parse("eth0", SHOWN, ADDRESS, routes.replace(";", "\n"));

    assertThat(link)
        .isEqualTo(
            new BridgedLink(
                "10.88.0.7",
                prefix,
                "8a:51:aa:bb:cc:dd",
                gateway,
                told == null ? List.of() : List.of(told.split(" "))));
    assertThat(BridgedLink.ofAlias(link.toAlias())).isEqualTo(link);
  }

  @Test
  void keeps_it_in_words_that_a_script_can_read() throws Exception {
    assertThat(LINK.toAlias()).isEqualTo("10.88.0.7 255.255.0.0 8a:51:aa:bb:cc:dd 10.88.0.1 -");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "default proto static  \\  nexthop via 10.88.0.1 weight 1 \\ nexthop via 10.88.0.2",
        "default via inet6 fe80::1",
        "default via 10.88.0.1; reboot",
        "$(reboot) via 10.88.0.1",
      })
  void refuses_routes_that_a_guest_cannot_be_told(String routes) {
    assertThatThrownBy(() -> BridgedLink.parse("eth0", SHOWN, ADDRESS, routes))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("cannot be given to a guest");
  }

  @Test
  void refuses_more_routes_than_can_be_kept() {
    var many = new StringBuilder("default via 10.88.0.1\n");
    for (int i = 0; i < 16; i++) {
      many.append("10.%d.0.0/16 via 10.88.0.2\n".formatted(100 + i));
    }

    assertThatThrownBy(() -> BridgedLink.parse("eth0", SHOWN, ADDRESS, many.toString()).toAlias())
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("more routes than can be kept");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10.88.0.7", "10.88.0.7 255.255.0.0 8a:51:aa:bb:cc:dd 10.88.0.1"})
  void does_not_take_anothers_alias_for_its_own(String alias) {
    assertThatThrownBy(() -> BridgedLink.ofAlias(alias)).isInstanceOf(Refusal.class);
  }

  @Test
  void gives_the_mac_address_to_nobody_but_the_guest() {
    BridgePlan plan = new BridgePlan(Joint.POD, LINK, 1450, List.of());

    assertThat(plan.linkMac()).isEqualTo("ca:51:aa:bb:cc:dd");
    assertThat(BridgePlan.makeBridge(Joint.POD, LINK))
        .containsExactly(
            "link add name br0 address 0a:51:aa:bb:cc:dd type bridge mcast_snooping 0");
    assertThat(plan.joinPodLink().getFirst())
        .as("first what may fail")
        .isEqualTo("link set dev eth0 master br0");
  }

  @Test
  void knows_when_nothing_is_left_to_be_done() {
    BridgePlan plan = new BridgePlan(Joint.POD, LINK, 1450, List.of());
    String joined =
        SHOWN.replace("8a:51", "ca:51").replace("qdisc noqueue", "qdisc noqueue master br0");

    assertThat(plan.isJoined(joined, "")).isTrue();
    assertThat(plan.isJoined(joined, ADDRESS)).isFalse();
    assertThat(plan.isJoined(joined.replace(",UP,", ","), "")).isFalse();
    assertThat(plan.isJoined(joined.replace("master br0 ", ""), "")).isFalse();
    assertThat(plan.isJoined(SHOWN.replace("noqueue", "noqueue master br0"), "")).isFalse();
  }

  @Test
  void lets_in_all_or_the_given_ports() {
    assertThat(new BridgePlan(Joint.POD, LINK, 1450, List.of()).nftRules())
        .contains("ether saddr != 8a:51:aa:bb:cc:dd drop")
        .contains("arp saddr ip 10.88.0.7 accept")
        .doesNotContain("ip protocol . th dport {");
    assertThat(
            new BridgePlan(Joint.POD, LINK, 1450, List.of("udp/53", "tcp/80", "tcp/80")).nftRules())
        .contains("ip protocol . th dport { tcp . 80, udp . 53 } accept");
    assertThatThrownBy(() -> new BridgePlan(Joint.POD, LINK, 1450, List.of("tcp/80 }")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Tables see what goes through every bridge: two would refuse what the other one lets pass. */
  @Test
  void leaves_what_goes_through_another_bridge_alone() {
    String pods = new BridgePlan(Joint.POD, LINK, 1450, List.of()).nftRules();
    String further = new BridgePlan(Joint.of("net2"), LINK, 1450, List.of()).nftRules();

    assertThat(pods)
        .contains("delete table ip moult\n", "delete table bridge moult\n")
        .contains("iifname != { \"tap0\", \"eth0\" } accept");
    assertThat(further)
        .as("the rules of a guest that is hidden behind the pod's address stay")
        .doesNotContain("table ip moult")
        .contains("delete table bridge moult_net2\n")
        .contains("iifname != { \"tap2\", \"net2\" } accept")
        .contains("oifname != { \"tap2\", \"net2\" } accept")
        .contains("iifname \"net2\" ether saddr 8a:51:aa:bb:cc:dd drop")
        .doesNotContain("tap0", "eth0");
    assertThat(new BridgePlan(Joint.of("net2"), LINK, 1450, List.of()).joinPodLink().getFirst())
        .isEqualTo("link set dev net2 master br2");
  }

  @Test
  void a_network_without_addresses_is_the_guests_but_for_the_mac_address() throws Exception {
    BridgedLink bare = BridgedLink.bare("8a:51:aa:bb:cc:dd");
    BridgePlan plan = new BridgePlan(Joint.of("net1"), bare, 9000, List.of());

    assertThat(bare.toAlias()).isEqualTo("- - 8a:51:aa:bb:cc:dd - -");
    assertThat(BridgedLink.ofAlias(bare.toAlias())).isEqualTo(bare);
    assertThat(plan.joinGuest()).noneMatch(command -> command.contains(BridgePlan.SERVER));
    assertThat(plan.nftRules())
        .contains("ether saddr != 8a:51:aa:bb:cc:dd drop")
        .doesNotContain("hook forward", "udp", "null");
  }

  @ParameterizedTest
  @ValueSource(strings = {"eth0", "net0", "net1 up", "net100", "br1", ""})
  void joins_no_link_but_a_further_one(String name) {
    assertThatThrownBy(() -> Joint.of(name)).isInstanceOf(IllegalArgumentException.class);
  }
}
