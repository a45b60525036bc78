//! Which IP addresses are out on the internet, and not inside somebody's network (ours among them).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether the address can belong to a public server: globally routed unicast. An IPv6 address that
/// only carries an IPv4 address is as public as that one.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => embedded_v4(ip).map_or_else(|| is_public_v6(ip), is_public_v4),
    }
}

/// The special-purpose registry of IPv4 (RFC 6890), with multicast and what is reserved.
const NOT_PUBLIC_V4: [([u8; 4], u32); 15] = [
    ([0, 0, 0, 0], 8),       // this network
    ([10, 0, 0, 0], 8),      // private
    ([100, 64, 0, 0], 10),   // carrier-grade NAT
    ([127, 0, 0, 0], 8),     // loopback
    ([169, 254, 0, 0], 16),  // link-local; the cloud's metadata service
    ([172, 16, 0, 0], 12),   // private
    ([192, 0, 0, 0], 24),    // protocol assignments
    ([192, 0, 2, 0], 24),    // documentation
    ([192, 88, 99, 0], 24),  // relays of 6to4
    ([192, 168, 0, 0], 16),  // private
    ([198, 18, 0, 0], 15),   // benchmarks
    ([198, 51, 100, 0], 24), // documentation
    ([203, 0, 113, 0], 24),  // documentation
    ([224, 0, 0, 0], 4),     // multicast
    ([240, 0, 0, 0], 4),     // reserved, broadcast
];

fn is_public_v4(ip: Ipv4Addr) -> bool {
    !NOT_PUBLIC_V4.iter().any(|(network, length)| {
        let beyond = 32 - length;
        ip.to_bits() >> beyond == u32::from_be_bytes(*network) >> beyond
    })
}

/// The exceptions inside 2000::/3, the only part of IPv6 that is given out for global unicast.
const NOT_PUBLIC_V6: [([u16; 2], u32); 3] = [
    ([0x2001, 0], 23),     // protocol assignments: Teredo, benchmarks, ORCHID and the like
    ([0x2001, 0xdb8], 32), // documentation
    ([0x3fff, 0], 20),     // documentation
];

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    let start = joined(first, second);
    is_in(start, [0x2000, 0], 3)
        && !NOT_PUBLIC_V6.iter().any(|(network, length)| is_in(start, *network, *length))
}

/// Whether an address that begins with these 32 bits is in a network.
fn is_in(start: u32, network: [u16; 2], length: u32) -> bool {
    start >> (32 - length) == joined(network[0], network[1]) >> (32 - length)
}

fn joined(high: u16, low: u16) -> u32 {
    u32::from(high) << 16 | u32::from(low)
}

/// The IPv4 address that packets to this one would end up at.
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    match ip.segments() {
        // IPv4-mapped, IPv4-translated and NAT64.
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        // 6to4.
        | [0x2002, high, low, ..] => Some(Ipv4Addr::from_bits(joined(high, low))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn public(ip: &str) -> bool {
        is_public(ip.parse().unwrap())
    }

    #[test]
    fn addresses_of_public_servers_are_public() {
        let addresses = [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2001:200::1",
            "2001:db7:ffff::1",
            "2001:db9::",
            "2a02:2160::1",
            "3ffe::1",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
            "2002:0101:0101::1",
        ];
        for ip in addresses {
            assert!(public(ip), "{ip}");
        }
    }

    #[test]
    fn all_others_are_not() {
        let addresses = [
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.0",
            "192.168.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.0",
            "239.255.255.255",
            "240.0.0.0",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::1.1.1.1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:1ff::1",
            "2001:db8::1",
            "3fff::1",
            "3fff:fff::1",
            "5f00::1",
            "fc00::1",
            "fdff:ffff::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "1fff::1",
            "4000::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:0:10.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
        ];
        for ip in addresses {
            assert!(!public(ip), "{ip}");
        }
    }

    proptest! {
        #[test]
        fn a_carried_address_is_as_public_as_itself(bits: u32) {
            let v4 = Ipv4Addr::from_bits(bits);
            let [a, b, c, d] = v4.octets().map(u16::from);
            let (high, low) = (a << 8 | b, c << 8 | d);
            prop_assert_eq!(is_public(v4.to_ipv6_mapped().into()), is_public(v4.into()));
            for segments in [[0x64, 0xff9b, 0, 0, 0, 0, high, low], [0x2002, high, low, 0, 0, 0, 0, 1]] {
                prop_assert_eq!(is_public(Ipv6Addr::from(segments).into()), is_public(v4.into()));
            }
        }

        #[test]
        fn what_the_standard_library_calls_special_is_not_public(bits: u32) {
            let ip = Ipv4Addr::from_bits(bits);
            let special = ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_multicast()
                || ip.is_documentation() || ip.is_broadcast() || ip.is_unspecified();
            prop_assert!(!(special && is_public(ip.into())));
        }
    }
}
