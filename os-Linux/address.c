// SPDX-License-Identifier: GPL-2.0
/*
 * address.c - socket addresses from numbers, see uml/address.h.
 */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <um_malloc.h>
#include <uml/address.h>

/* One allocation: result and the address that it points to. */
struct address {
	struct addrinfo info;
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} to;
};

static int port_parse(const char *text, in_port_t *port)
{
	unsigned long value;
	char *end;

	*port = 0;
	if (!text)
		return 0;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || value > 65535)
		return EAI_SERVICE;
	*port = htons(value);
	return 0;
}

static int v4_parse(const char *host, struct sockaddr_in *to)
{
	to->sin_family = AF_INET;
	if (!host)
		to->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else if (inet_pton(AF_INET, host, &to->sin_addr) != 1)
		return EAI_NONAME;
	return 0;
}

/* A link-local address may name its interface: fe80::1%eth0 */
static int v6_parse(const char *host, struct sockaddr_in6 *to)
{
	const char *scope = host ? strchr(host, '%') : NULL;
	char number[INET6_ADDRSTRLEN];
	size_t length;

	to->sin6_family = AF_INET6;
	if (!host) {
		to->sin6_addr.s6_addr[15] = 1;
		return 0;
	}
	length = scope ? (size_t)(scope - host) : strlen(host);
	if (length >= sizeof(number))
		return EAI_NONAME;
	memcpy(number, host, length);
	number[length] = '\0';
	if (inet_pton(AF_INET6, number, &to->sin6_addr) != 1)
		return EAI_NONAME;
	if (scope) {
		to->sin6_scope_id = if_nametoindex(scope + 1);
		if (!to->sin6_scope_id)
			return EAI_FAIL;
	}
	return 0;
}

static int host_parse(const char *host, in_port_t port, struct address *address)
{
	int err;

	switch (address->info.ai_family) {
	case AF_INET:
		err = v4_parse(host, &address->to.v4);
		address->to.v4.sin_port = port;
		address->info.ai_addrlen = sizeof(address->to.v4);
		return err;
	case AF_INET6:
		err = v6_parse(host, &address->to.v6);
		address->to.v6.sin6_port = port;
		address->info.ai_addrlen = sizeof(address->to.v6);
		return err;
	}
	return EAI_FAMILY;
}

int address_parse(const char *host, const char *port,
		  const struct addrinfo *hints, struct addrinfo **result)
{
	struct address *address;
	in_port_t number;
	int err;

	if (!host && !port)
		return EAI_NODATA;
	err = port_parse(port, &number);
	if (err)
		return err;
	address = uml_kmalloc(sizeof(*address), UM_GFP_KERNEL);
	if (!address)
		return EAI_MEMORY;
	memset(address, 0, sizeof(*address));
	address->info.ai_family = hints->ai_family;
	address->info.ai_socktype = hints->ai_socktype;
	address->info.ai_protocol = hints->ai_protocol;
	address->info.ai_addr = &address->to.any;
	err = host_parse(host, number, address);
	if (err) {
		kfree(address);
		return err;
	}
	*result = &address->info;
	return 0;
}

void address_free(struct addrinfo *address)
{
	kfree(address);		/* info is the first member */
}

const char *address_error(int error)
{
	switch (error) {
	case EAI_NONAME:
		return "no numeric address, and this program is static: it resolves no names";
	case EAI_NODATA:
		return "no address given";
	case EAI_SERVICE:
		return "no port number";
	case EAI_FAIL:
		return "no such interface on the host";
	case EAI_MEMORY:
		return "no memory";
	}
	return "unknown address family";
}
