//! Claims about the network, which is this machine's own here: with the grant a worker connects and sends, and is no server.

use std::io::Read;
use std::net::{TcpListener, UdpSocket};

use super::{DONE, NETWORK, errno, landlock_version, refused, said};
use crate::isolation::actor::PATIENCE;

#[test]
fn what_was_granted_connects() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    assert_eq!(said(NETWORK, "connect", &listener.local_addr().unwrap().to_string()), DONE);
    let (mut stream, _) = listener.accept().unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert_eq!(text, "hello");
}

#[test]
fn what_was_granted_sends() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(said(NETWORK, "send", &socket.local_addr().unwrap().to_string()), DONE);
    let mut packet = [0; 16];
    let n_bytes = socket.recv(&mut packet).unwrap();
    assert_eq!(&packet[..n_bytes], b"hello");
}

#[test]
fn nobody_connects_to_a_worker() {
    if landlock_version() >= 4 {
        assert_eq!(said(NETWORK, "bind", "127.0.0.1:0"), errno(libc::EACCES));
    } else {
        // The port is had, and nothing can be done with it.
        assert_eq!(refused(NETWORK, "bind", "127.0.0.1:0"), "listen");
    }
    for number in [libc::SYS_listen, libc::SYS_accept4] {
        refused(NETWORK, "calls", &number.to_string());
    }
}

#[test]
fn other_sockets_are_refused() {
    let of = |[family, kind, protocol]: [i32; 3]| format!("{} {family} {kind} {protocol}", libc::SYS_socket);
    for socket in [
        [libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_ICMP],
        [libc::AF_INET6, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0],
        [libc::AF_INET, libc::SOCK_SEQPACKET, libc::IPPROTO_SCTP],
        [libc::AF_INET, libc::SOCK_STREAM, libc::IPPROTO_SCTP],
        [libc::AF_INET, libc::SOCK_DGRAM, libc::IPPROTO_ICMP],
        [libc::AF_PACKET, libc::SOCK_DGRAM, 0],
        [libc::AF_ALG, libc::SOCK_SEQPACKET, 0],
        [libc::AF_VSOCK, libc::SOCK_STREAM, 0],
    ] {
        assert_eq!(refused(NETWORK, "calls", &of(socket)), "socket");
    }
    // What a C library tries when it looks up a host, and what stands behind a socket of this machine starts programs.
    let tried = [[libc::AF_NETLINK, libc::SOCK_RAW, 0], [libc::AF_UNIX, libc::SOCK_STREAM, 0]].map(of);
    assert_eq!(said(NETWORK, "calls", &tried.join(",")), [format!("{0} {0}", libc::EPERM)]);
    let filtered = format!("{} 0 {} {}", libc::SYS_setsockopt, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER);
    assert_eq!(said(NETWORK, "calls", &filtered), [libc::EPERM.to_string()]);
}
