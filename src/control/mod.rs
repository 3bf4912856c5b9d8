//! The local control interface: JSON-RPC over a private socket, and its command line.
