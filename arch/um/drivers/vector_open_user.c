// SPDX-License-Identifier: GPL-2.0
/*
 * vector_open_user.c - the host's end of a vector network device: sockets and
 * interfaces are opened here, when the device comes up. Each failure says one
 * line, with the device, what could not be had, and why.
 *
 * The options (vecN:transport=...,name=value,...) are those of the HOWTO.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <os.h>
#include <um_malloc.h>
#include <uml/address.h>
#include "vector_user.h"
#include <uml/vector_host.h>

_Static_assert(VECTOR_OPTIONS == MAXVARGS, "an arglist has room for them");

struct opening {
	int unit;
	struct arglist *args;
	struct vector_fds fds;
};

/* The line that says why; returns -err */
#define complain(o, err, fmt, ...) ({					\
	int __err = (err);						\
									\
	printk(UM_KERN_ERR "vec%d: " fmt ": %s\n", (o)->unit,		\
	       ##__VA_ARGS__, strerror(__err));				\
	-__err;								\
})

static char *option(struct opening *o, char *name)
{
	return uml_vector_fetch_arg(o->args, name);
}

static bool option_set(struct opening *o, char *name)
{
	char *value = option(o, name);

	return value && strtol(value, NULL, 10) > 0;
}

/* Run the script that the option "ifup" names, if any, for an interface. */
static int ifup_run(struct opening *o, char *interface)
{
	char *argv[] = { option(o, "ifup"), interface, NULL };
	int pid, err;

	if (!argv[0])
		return 0;
	pid = run_helper(NULL, NULL, argv);
	err = pid < 0 ? pid : helper_wait(pid);
	if (err)
		return complain(o, -err, "%s %s", argv[0], interface);
	return 0;
}

/*
 * A tap interface of the host, with headers that carry checksum and segmentation
 * offload. Without a name the host chooses one; name then receives it.
 */
static int tap_open(struct opening *o, char name[IFNAMSIZ])
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	char *wanted = option(o, "ifname");
	int fd, err;

	if (wanted && strlen(wanted) >= IFNAMSIZ)
		return complain(o, ENAMETOOLONG, "interface %s", wanted);
	strcpy(ifr.ifr_name, wanted ?: "tap%d");
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return complain(o, errno, "/dev/net/tun");
	if (ioctl(fd, TUNSETIFF, &ifr) < 0) {
		err = complain(o, errno, "tap interface %s", wanted ?: "(new)");
		close(fd);
		return err;
	}
	/* a host without it sends plain frames: nothing is lost */
	(void)ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6);
	memcpy(name, ifr.ifr_name, IFNAMSIZ);
	return fd;
}

/*
 * A packet socket on an interface of the host. protocol 0 receives nothing: such
 * a socket is for sending.
 */
static int packet_open(struct opening *o, const char *interface, int protocol)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
	};
	int fd, err;

	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return complain(o, errno, "packet socket");
	to.sll_ifindex = if_nametoindex(interface);
	if (!to.sll_ifindex) {
		err = complain(o, errno, "interface %s", interface);
		goto fail;
	}
	if (bind(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		err = complain(o, errno, "packet socket on %s", interface);
		goto fail;
	}
	return fd;
fail:
	close(fd);
	return err;
}

static int open_tap(struct opening *o)
{
	char name[IFNAMSIZ];

	o->fds.rx_fd = o->fds.tx_fd = tap_open(o, name);
	return o->fds.rx_fd < 0 ? o->fds.rx_fd : ifup_run(o, name);
}

static int open_raw(struct opening *o)
{
	char *interface = option(o, "ifname");
	int one = 1;

	if (!interface)
		return complain(o, EINVAL, "no ifname=");
	o->fds.rx_fd = packet_open(o, interface, ETH_P_ALL);
	if (o->fds.rx_fd < 0)
		return o->fds.rx_fd;
	/* what the machine itself sends must not come back; since Linux 4.20 */
	(void)setsockopt(o->fds.rx_fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one,
			 sizeof(one));
	o->fds.tx_fd = packet_open(o, interface, 0);
	return o->fds.tx_fd < 0 ? o->fds.tx_fd : ifup_run(o, interface);
}

/*
 * Sends through a tap, receives by a packet socket on it: that can be vectored.
 * What the host sends is outgoing there; a filter leaves out our own.
 */
static int open_hybrid(struct opening *o)
{
	char name[IFNAMSIZ];

	if (!option(o, "ifname"))
		return complain(o, EINVAL, "no ifname=");
	o->fds.tx_fd = tap_open(o, name);
	if (o->fds.tx_fd < 0)
		return o->fds.tx_fd;
	o->fds.rx_fd = packet_open(o, name, ETH_P_ALL);
	return o->fds.rx_fd < 0 ? o->fds.rx_fd : ifup_run(o, name);
}

static int address_get(struct opening *o, char *host, char *port,
		       const struct addrinfo *hints, struct addrinfo **result)
{
	int err = address_parse(option(o, host), option(o, port), hints, result);

	if (!err)
		return 0;
	printk(UM_KERN_ERR "vec%d: %s=%s %s=%s: %s\n", o->unit,
	       host, option(o, host) ?: "", port, option(o, port) ?: "",
	       address_error(err));
	return -EINVAL;
}

/* Datagrams between src (srcport) and dst (dstport) */
static int open_internet(struct opening *o, int type, int protocol)
{
	struct addrinfo hints = {
		.ai_family = option_set(o, "v6") ? AF_INET6 : AF_INET,
		.ai_socktype = type,
		.ai_protocol = protocol,
	};
	struct addrinfo *src = NULL, *dst = NULL;
	int fd, err;

	err = address_get(o, "src", "srcport", &hints, &src);
	if (!err)
		err = address_get(o, "dst", "dstport", &hints, &dst);
	if (err)
		goto out;
	fd = socket(hints.ai_family, type | SOCK_CLOEXEC, protocol);
	if (fd < 0) {
		err = complain(o, errno, "socket of protocol %d", protocol);
		goto out;
	}
	o->fds.rx_fd = o->fds.tx_fd = fd;
	if (bind(fd, src->ai_addr, src->ai_addrlen) < 0) {
		err = complain(o, errno, "src=%s srcport=%s", option(o, "src") ?: "",
			       option(o, "srcport") ?: "");
		goto out;
	}
	o->fds.remote_addr_size = dst->ai_addrlen;
	o->fds.remote_addr = uml_kmalloc(dst->ai_addrlen, UM_GFP_KERNEL);
	if (o->fds.remote_addr)
		memcpy(o->fds.remote_addr, dst->ai_addr, dst->ai_addrlen);
	else
		err = complain(o, ENOMEM, "destination");
out:
	address_free(dst);
	address_free(src);
	return err;
}

static int open_gre(struct opening *o)
{
	return open_internet(o, SOCK_RAW, IPPROTO_GRE);
}

static int open_l2tpv3(struct opening *o)
{
	if (option_set(o, "udp"))
		return open_internet(o, SOCK_DGRAM, 0);
	return open_internet(o, SOCK_RAW, IPPROTO_L2TP);
}

static int unix_address(struct opening *o, char *name, struct sockaddr_un *to)
{
	char *path = option(o, name);

	if (!path)
		return complain(o, EINVAL, "no %s=", name);
	if (strlen(path) >= sizeof(to->sun_path))
		return complain(o, ENAMETOOLONG, "%s=%s", name, path);
	to->sun_family = AF_UNIX;
	strcpy(to->sun_path, path);
	return 0;
}

/* A port of a software switch: src is our own address, optional. */
static int open_bess(struct opening *o)
{
	struct sockaddr_un src = { .sun_path = "" }, dst = { .sun_path = "" };
	int fd, err;

	err = unix_address(o, "dst", &dst);
	if (!err && option(o, "src"))
		err = unix_address(o, "src", &src);
	if (err)
		return err;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return complain(o, errno, "socket");
	o->fds.rx_fd = o->fds.tx_fd = fd;
	if (src.sun_path[0] && bind(fd, (struct sockaddr *)&src, sizeof(src)) < 0)
		return complain(o, errno, "src=%s", src.sun_path);
	if (connect(fd, (struct sockaddr *)&dst, sizeof(dst)) < 0)
		return complain(o, errno, "dst=%s", dst.sun_path);
	return 0;
}

/* A copy of the descriptor: the device can go down and come up again. */
static int open_fd(struct opening *o)
{
	char *text = option(o, "fd"), *end = "-";
	long fd = text ? strtol(text, &end, 10) : -1;

	if (*end || end == text || fd < 0 || fd != (int)fd)
		return complain(o, EINVAL, "fd=%s", text ?: "");
	o->fds.rx_fd = o->fds.tx_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return o->fds.rx_fd < 0 ? complain(o, errno, "fd=%s", text) : 0;
}

/* vde_plug (of Debian's package vdeplug) connects to the network that vnl names. */
static int open_vde(struct opening *o)
{
	static char *names[] = { "port", "mode", "group" };
	static char *flags[] = { "--port2", "--mod2", "--group2" };
	char to[sizeof("seqpacket://2147483647")];
	char *argv[12] = { "vde_plug", "--descr", option(o, "descr") ?: "UML" };
	int fds[2], pid, argc = 3;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!option(o, names[i]))
			continue;
		argv[argc++] = flags[i];
		argv[argc++] = option(o, names[i]);
	}
	argv[argc++] = to;
	argv[argc++] = option(o, "vnl");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return complain(o, errno, "socket");
	o->fds.rx_fd = o->fds.tx_fd = fds[0];
	/* the other one is for vde_plug */
	if (fcntl(fds[1], F_SETFD, 0) < 0) {
		close(fds[1]);
		return complain(o, errno, "socket");
	}
	sprintf(to, "seqpacket://%d", fds[1]);
	pid = run_helper(NULL, NULL, argv);
	close(fds[1]);
	return pid < 0 ? complain(o, -pid, "%s", argv[0]) : 0;
}

static const struct {
	const char *name;
	int (*open)(struct opening *o);
} transports[] = {
	{ TRANS_RAW, open_raw },
	{ TRANS_HYBRID, open_hybrid },
	{ TRANS_TAP, open_tap },
	{ TRANS_GRE, open_gre },
	{ TRANS_L2TPV3, open_l2tpv3 },
	{ TRANS_BESS, open_bess },
	{ "fd", open_fd },
	{ "vde", open_vde },
};

static int transport_open(struct opening *o)
{
	char *name = option(o, "transport");
	unsigned int i;

	if (!name)
		return complain(o, EINVAL, "no transport=");
	for (i = 0; i < ARRAY_SIZE(transports); i++)
		if (!strcmp(name, transports[i].name))
			return transports[i].open(o);
	return complain(o, EINVAL, "unknown transport %s", name);
}

static void opening_undo(struct opening *o)
{
	if (o->fds.rx_fd >= 0)
		close(o->fds.rx_fd);
	if (o->fds.tx_fd >= 0 && o->fds.tx_fd != o->fds.rx_fd)
		close(o->fds.tx_fd);
	kfree(o->fds.remote_addr);
}

struct vector_fds *uml_vector_user_open(int unit, struct arglist *parsed)
{
	struct opening o = { unit, parsed, { .rx_fd = -1, .tx_fd = -1 } };
	struct vector_fds *fds;

	if (!parsed || transport_open(&o)) {
		opening_undo(&o);
		return NULL;
	}
	fds = uml_kmalloc(sizeof(*fds), UM_GFP_KERNEL);
	if (fds)
		*fds = o.fds;
	else
		opening_undo(&o);
	return fds;
}

int vector_send_one(const struct vector_fds *fds, struct iovec *iov, int count)
{
	struct msghdr msg = {
		.msg_name = fds->remote_addr,
		.msg_namelen = fds->remote_addr_size,
		.msg_iov = iov,
		.msg_iovlen = count,
	};

	if (!fds->remote_addr)
		return uml_vector_writev(fds->tx_fd, iov, count);
	return uml_vector_sendmsg(fds->tx_fd, &msg, 0);
}
