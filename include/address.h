/* SPDX-License-Identifier: GPL-2.0 */
/*
 * address.h - socket addresses without the libc's resolver: getaddrinfo loads
 * shared objects (NSS), which a static binary can't rely on. Host objects only.
 */
#ifndef UML_ADDRESS_H
#define UML_ADDRESS_H

struct addrinfo;

/**
 * address_parse() - what getaddrinfo() does, for numbers only
 * @host:	IPv4 or IPv6 address ("fe80::1%eth0" too); NULL: the loopback one
 * @port:	decimal port, NULL: 0. One of @host and @port is needed
 * @hints:	family (AF_INET or AF_INET6), type and protocol that are wanted
 * @result:	what was found; give it back with address_free()
 *
 * 0 or an EAI_ value; address_error() says what it means.
 */
extern int address_parse(const char *host, const char *port,
			 const struct addrinfo *hints, struct addrinfo **result);
extern void address_free(struct addrinfo *address);
extern const char *address_error(int error);

#endif
