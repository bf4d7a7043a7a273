package dev.moult.e2e;

import dev.moult.e2e.Feature.Rule;
import java.util.List;
import java.util.regex.Pattern;

/** What the machine of {@link FeaturesE2E} has, and the commands that show it. */
final class Features {
  static final String SERIAL = "SN 0042/7";

  /** What the firmware keeps and was written before the first update. */
  static final String FIRST_VARIABLE =
      "/sys/firmware/efi/efivars/MoultFirst-4b8f2f3e-6a1d-4c57-9d0e-0a4d2f9a7c11";

  /** Each command that its console is asked by prints what is to be found there. */
  static final Feature CONSOLE =
      new Feature("serial console (`kubectl logs`)", "date +%s%N | tee /dev/ttyS0", "[0-9]{19}");

  /** By the test's own writer, which runs on while the others are asked for. */
  static final Feature WRITES =
      new Feature(
          "one ssh connection, writes to the claim",
          "python3: numbered blocks of 64 KiB, each flushed; all read back past the cache",
          "checked [1-9][0-9]* bad 0");

  /**
   * {@code blocks} writes 64 KiB that never were there before, past the guest's cache, and reads
   * them back, with those beside them, which it wrote when it was first called. As it is run again
   * and again during an update of seconds, in a guest without KVM, it starts few programs.
   */
  static final String IN_GUEST =
      """
      variable=/sys/firmware/efi/efivars/Moult
      vendor=-4b8f2f3e-6a1d-4c57-9d0e-0a4d2f9a7c11
      pci=/sys/bus/pci/devices/0000:00
      disk() {
        readlink -f /sys/block/* | grep -E "/$1" | sed 's,.*/,/dev/,'
      }
      scsi=$(disk 'virtio[0-9]+/host')
      sata=$(disk ata)
      often() {
        local text=$1
        while [ ${#text} -lt 65536 ]; do text+=$text; done
        printf %s "$text"
      }
      kept=$(often "$(tr -d -- '-\\n' </proc/sys/kernel/random/boot_id)")
      blocks() {
        local new how='bs=64K iflag=fullblock oflag=direct conv=notrunc,fsync status=none'
        if [ ! -e "/run/kept${1//\\//-}" ]; then
          printf %s "$kept" | dd of="$1" seek=1 $how && : >"/run/kept${1//\\//-}"
        fi
        new=$(often "${EPOCHREALTIME/./}")
        printf %s "$new" | dd of="$1" $how
        dd if="$1" bs=64K count=2 iflag=direct status=none |
          cmp - <(printf %s "$new" "$kept") && echo whole
      }
      """;

  /** What commands outside need: the name of the node agent's pod. */
  static final String OUTSIDE =
      """
      agent=$(kubectl get pods -n moult-system -l app.kubernetes.io/component=node-agent \
        -o jsonpath='{.items[0].metadata.name}')
      """;

  /** Interrupts that the second queue has caused, of both directions. */
  static final String SECOND_QUEUE =
      "grep -E 'virtio[0-9]+-(in|out)put.1$' /proc/interrupts"
          + " | awk '{for (i = 2; i < NF && $i ~ /^[0-9]+$/; i++) n += $i} END {print n}'";

  /** What readers of the table cannot guess. */
  static final String NOTE =
      "Commands with kubectl and curl are typed on the node, the others in the guest by root,"
          + " during an update over one ssh connection that was there before it. `blocks` writes"
          + " 64 KiB past the cache and reads them back, with what it wrote beside them before"
          + " the first update. Counts say how often a feature was shown, and how often it was"
          + " asked for.";

  private Features() {}

  /**
   * Those that are seen in the guest, by root.
   *
   * @param service an address of the cluster's at which port 443 answers
   * @param nameServer of pods
   */
  static List<Feature> inGuest(String service, String nameServer) {
    return List.of(
        new Feature(
            "the same boot", "cat /proc/sys/kernel/random/boot_id", "[0-9a-f-]{36}", Rule.SAME),
        new Feature("no I/O error", "dmesg | grep -ci 'i/o error'", "0"),
        new Feature("containerDisk: overlay, virtio", "blocks /var/lib/blocks", "whole"),
        new Feature(
            "persistentVolumeClaim: ext4, virtio",
            "findmnt -no FSTYPE /data; blocks /data/beside",
            "ext4 whole"),
        new Feature("emptyDisk: virtio", "blocks /dev/disk/by-id/virtio-scratch", "whole"),
        new Feature("emptyDisk: scsi", "blocks $scsi", "whole"),
        new Feature("emptyDisk: sata", "blocks $sata", "whole"),
        new Feature(
            "cloudInit: its disk",
            "dd if=/dev/disk/by-id/virtio-init bs=32K skip=1 count=1 iflag=direct status=none"
                + " | grep -ac cidata",
            "[1-9][0-9]*"),
        new Feature(
            "UEFI: variables kept, and written",
            "new=$variable$RANDOM$RANDOM$vendor; printf '\\007\\000\\000\\000new' >$new;"
                + " cut -b 5- $new ${variable}First$vendor",
            "new first"),
        new Feature(
            "virtio-rng",
            "cat /sys/class/misc/hw_random/rng_current; head -c 32 /dev/hwrng | wc -c",
            "virtio_rng\\.0 32"),
        new Feature(
            "watchdog: i6300esb",
            "cat /sys/class/watchdog/watchdog0/identity; od -An -tx2 -N4 $pci:13.0/config",
            "i6300ESB timer 8086 25ab"),
        new Feature(
            "vmgenid, unchanged",
            "ls /sys/bus/acpi/devices | grep QEMUVGID; dmesg | grep -c 'virtual machine fork'",
            "QEMUVGID:00 0"),
        new Feature(
            "SMBIOS: serial number", "cat /sys/class/dmi/id/product_serial", Pattern.quote(SERIAL)),
        new Feature("VGA", "od -An -tx2 -N4 $pci:01.0/config", "1234 1111"),
        new Feature(
            "Masquerade: address, and the way out",
            "ip -o -4 address show scope global | grep -o '10.0.2.2/24'; (exec 3<>/dev/tcp/"
                + service
                + "/443) && echo out",
            "10\\.0\\.2\\.2/24 out"),
        new Feature(
            "network card: two queues",
            "ls -d /sys/class/net/e*/queues/* | xargs -n1 basename | sort",
            "rx-0 rx-1 tx-0 tx-1"),
        new Feature(
            "network card: the second queue serves", SECOND_QUEUE, "[1-9][0-9]*", Rule.NEVER_LESS),
        new Feature(
            "DNS: the pods' name server",
            "grep nameserver /run/systemd/resolve/resolv.conf",
            "nameserver " + Pattern.quote(nameServer) + "( .*)?"),
        CONSOLE);
  }

  /**
   * Those that are seen from outside.
   *
   * @param namespace of the machine
   * @param address of its pod
   */
  static List<Feature> outside(String namespace, String address) {
    var get = "kubectl get virtualmachine shop -n " + namespace + " -o jsonpath='";
    return List.of(
        new Feature(
            "Masquerade: a listed port, and one that is not",
            "curl -sf -m 20 http://%1$s/name; curl -s -m 20 http://%1$s:8080/ || echo shut"
                .formatted(address),
            "served shut"),
        new Feature(
            "guest agent: system, addresses, file systems",
            get
                + "{.status.guest.os.id} {.status.guest.interfaces[*].addresses[*]}"
                + " {.status.guest.filesystems[*].mountPoint}"
                + " {.status.conditions[?(@.type==\"GuestAgentConnected\")].status}'",
            "debian (.* )?10\\.0\\.2\\.2 .*/data.* True"),
        new Feature(
            "readinessProbe: exec by the guest agent",
            get + "{.status.guest.probes.ready} {.status.guest.probes.startedAt}'",
            "true 20[0-9]{2}-.*",
            Rule.SAME),
        metric(namespace));
  }

  /** What the agent counts of the machine; it is read when somebody asks. */
  static Feature metric(String namespace) {
    return new Feature(
        "metrics: counters go on",
        "kubectl get --raw /api/v1/namespaces/moult-system/pods/http:$agent:8081/proxy/q/metrics"
            + " | grep '^moult_vm_disk_bytes_total{namespace=\""
            + namespace
            + "\",name=\"shop\",disk=\"data\",direction=\"write\"' | cut -d ' ' -f 2",
        "[1-9][0-9.E+]*",
        Rule.NEVER_LESS);
  }

  /** Its screen; this takes seconds, and a live update ends the connection of who is looking. */
  static Feature screen(String namespace) {
    return new Feature(
        "screen, by VNC",
        "kubectl moult screenshot shop -n " + namespace + " -o /dev/null",
        ".*/dev/null written: [0-9]+x[0-9]+ pixels",
        Rule.ONE);
  }
}
