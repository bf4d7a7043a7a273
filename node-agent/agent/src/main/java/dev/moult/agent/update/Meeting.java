package dev.moult.agent.update;

/**
 * The names of one handoff's sockets in the meeting place: its own, since whoever still waits for
 * an earlier one's must not get these.
 *
 * @param cprOfA where A finds the relay
 * @param cprOfB where the relay finds B
 * @param main where B listens for the guest's state
 */
record Meeting(String cprOfA, String cprOfB, String main) {

  static Meeting of(String updateUid) {
    String mark = updateUid.substring(0, 8);
    return new Meeting(
        "a-cpr-" + mark + ".sock", "b-cpr-" + mark + ".sock", "main-" + mark + ".sock");
  }
}
