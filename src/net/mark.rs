//! Marks packets for networks that tell important ones apart (DSCP, RFC 2474).

use socket2::SockRef;

/// Asks for a class of traffic for everything that the socket sends: the former type-of-service byte, so the code point is in its
/// upper six bits. Where it is not possible (Windows leaves it to its own policies), the packets go unmarked.
pub fn mark(socket: &SockRef<'_>, class: u32) {
    let _ = socket.set_tos_v4(class);
    #[cfg(unix)]
    let _ = socket.set_tclass_v6(class);
}
