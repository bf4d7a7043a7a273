package dev.moult.linux.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class GuestProgramTest {
  @Test
  void isTheMachineCodeOfItsMode() {
    // ndisasm -b 16 / -b 64 agree: mov ecx; dec ecx; jnz; mov al; mov dx; out; hlt
    assertThat(HexFormat.of().formatHex(GuestProgram.REAL_MODE.code(0x11223344)))
        .isEqualTo("66b944332211" + "664975fc" + "b042baf803" + "eef4");
    assertThat(HexFormat.of().formatHex(GuestProgram.LONG_MODE.code(0x11223344)))
        .isEqualTo("b944332211" + "ffc975fc" + "b04266baf803" + "eef4");
  }
}
