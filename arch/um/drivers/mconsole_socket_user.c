// SPDX-License-Identifier: GPL-2.0
/*
 * mconsole_socket_user.c - the management console's protocol, see mconsole.h.
 *
 * Version 2, as the clients in uml-utilities speak it: datagrams, their numbers in
 * the host's byte order.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "mconsole.h"

#define MAGIC		0xcafebabe
#define VERSION		2
#define WAIT_MAX_MS	1000
#define ORIGIN_MAX	sizeof(((struct mc_request *)0)->origin)

struct request_packet {
	uint32_t magic, version, length;
	char text[MCONSOLE_MAX_DATA];
};

struct reply_packet {
	uint32_t err, more, length;
	char text[MCONSOLE_MAX_DATA];
};

struct message_packet {
	uint32_t magic, version, type, length;
	char data[MCONSOLE_MAX_DATA];
};

#define REQUEST_HEADER	offsetof(struct request_packet, text)
#define REPLY_HEADER	offsetof(struct reply_packet, text)
#define MESSAGE_HEADER	offsetof(struct message_packet, data)

/* The last receiver that did not read; it is not waited for again. */
static struct {
	char name[ORIGIN_MAX];
	unsigned int size;
} silent;

static bool is_silent(const void *to, unsigned int to_size)
{
	return to_size == silent.size && !memcmp(to, silent.name, to_size);
}

/* wait: whether a receiver that is slow is worth it */
static int packet_send(int fd, const void *data, size_t size, const void *to,
		       unsigned int to_size, bool wait)
{
	static const struct timespec ms = { .tv_nsec = 1000000 };
	int waited = 0;

	while (sendto(fd, data, size, MSG_DONTWAIT, to, to_size) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		if (!wait || is_silent(to, to_size))
			return -EAGAIN;
		if (waited++ == WAIT_MAX_MS) {
			memcpy(silent.name, to, to_size);
			silent.size = to_size;
			return -EAGAIN;
		}
		(void)nanosleep(&ms, NULL);
	}
	if (is_silent(to, to_size))
		silent.size = 0;
	return 0;
}

static int reply_send(const struct mc_request *req, const char *text, int len,
		      int err, int more, bool wait)
{
	struct reply_packet packet;
	int part;

	do {
		part = len < MCONSOLE_MAX_DATA - 1 ? len : MCONSOLE_MAX_DATA - 1;
		packet.err = err;
		packet.more = more || part < len;
		packet.length = part + 1;
		memcpy(packet.text, text, part);
		packet.text[part] = '\0';
		text += part;
		len -= part;
		part = packet_send(req->fd, &packet, REPLY_HEADER + packet.length,
				   req->origin, req->origin_size, wait);
		if (part < 0)
			return part;
	} while (len > 0);
	return 0;
}

int mconsole_reply_len(const struct mc_request *req, const char *text, int len,
		       int err, int more)
{
	return reply_send(req, text, len, err, more, true);
}

int mconsole_reply(const struct mc_request *req, const char *text, int err, int more)
{
	return mconsole_reply_len(req, text, strlen(text), err, more);
}

/* Why this is no request; NULL: it is one */
static const char *packet_refuse(const struct request_packet *packet, size_t size)
{
	if (packet->version != VERSION)
		return "This driver only supports version 2 clients";
	if (packet->length >= MCONSOLE_MAX_DATA)
		return "Request too large";
	if (packet->length > size - REQUEST_HEADER)
		return "Request is shorter than it says";
	return NULL;
}

static void packet_answer(const struct mc_request *req, const char *why)
{
	static const char old[] =
		"ERR Version 0 mconsole clients are not supported by this driver";

	/* whoever sends such things may not even read the answer */
	if (why)
		reply_send(req, why, strlen(why), 1, 0, false);
	else
		packet_send(req->fd, old, strlen(old), req->origin,
			    req->origin_size, false);
}

int mconsole_receive(int fd, struct mc_request *req)
{
	struct request_packet packet;
	const char *why;
	ssize_t size;

	req->fd = fd;
	for (;;) {
		req->origin_size = sizeof(req->origin);
		size = recvfrom(fd, &packet, sizeof(packet), MSG_DONTWAIT | MSG_TRUNC,
				(struct sockaddr *)req->origin, &req->origin_size);
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return 0;
		if ((size_t)size < REQUEST_HEADER || packet.magic != MAGIC) {
			packet_answer(req, NULL);
			continue;
		}
		why = packet_refuse(&packet, size);
		if (!why)
			break;
		packet_answer(req, why);
	}
	memcpy(req->text, packet.text, packet.length);
	req->text[packet.length] = '\0';
	return 1;
}

void mconsole_wait(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	(void)poll(&poll_fd, 1, 1000);
}

void mconsole_socket_remove(const char *path)
{
	(void)unlink(path);
}

int mconsole_message(const char *name, enum mc_message type, const void *data,
		     int len)
{
	static int fd = -1;
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct message_packet packet = {
		.magic = MAGIC, .version = VERSION, .type = type,
	};

	if (strlen(name) >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	strcpy(to.sun_path, name);
	if (fd < 0)
		fd = socket(PF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	packet.length = len < MCONSOLE_MAX_DATA ? len : MCONSOLE_MAX_DATA;
	memcpy(packet.data, data, packet.length);
	return packet_send(fd, &packet, MESSAGE_HEADER + packet.length, &to,
			   sizeof(to), true);
}
