package dev.moult.linux.socket;

/**
 * Who was at the other end when the connection was made (SO_PEERCRED). The pid may be someone
 * else's by now: take {@link UnixSocket#peerPidFd()} for a decision.
 *
 * @param pid process, as seen from our pid namespace; 0 when not visible there
 * @param uid effective user, as seen from our user namespace
 * @param gid effective group
 */
public record PeerCredentials(int pid, int uid, int gid) {}
