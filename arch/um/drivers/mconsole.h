/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mconsole.h - the management console: requests from a socket of the host, and
 * answers. Host and kernel objects share this header.
 *
 *	mconsole_socket_user.c	the protocol
 *	mconsole_run.c		when a request is carried out; stop and go
 *	mconsole_commands.c	the commands, but for
 *	mconsole_device.c	config and remove, of the drivers' devices
 *	mconsole_memory.c	config mem
 *	mconsole_proc.c		proc
 *	mconsole_output.c	what the kernel prints meanwhile, for the client
 *	mconsole_notify.c	messages that nobody has asked for
 */
#ifndef __MCONSOLE_H__
#define __MCONSOLE_H__

#define MCONSOLE_MAX_DATA	512	/* of a packet, with the final zero byte */

/* One valid request: a command, perhaps a space and its arguments */
struct mc_request {
	int fd;
	unsigned int origin_size;
	unsigned char origin[128];		/* a struct sockaddr_un */
	unsigned int args;			/* where they begin in the text */
	char text[MCONSOLE_MAX_DATA];
};

/* ---- mconsole_socket_user.c */

/**
 * mconsole_receive() - the next valid request
 * @fd:		the console's socket, non-blocking
 * @req:	where it goes
 *
 * What is no request is answered with an error, if it has a sender, and skipped.
 * Any context. Returns 1, or 0: nothing is there.
 */
extern int mconsole_receive(int fd, struct mc_request *req);

/* Sleep on the host until something is there, for a second at most. */
extern void mconsole_wait(int fd);

/**
 * mconsole_reply_len() - an answer, or a part of one
 * @req:	to whom
 * @text, @len:	any length: it becomes as many packets as it takes
 * @err:	not 0: the command failed, and the text says why
 * @more:	not 0: this is not the last part
 *
 * A client may have only a few packets waiting (net.unix.max_dgram_qlen, often 10)
 * and must not lose one: the last one tells it that it is the last. So this waits
 * for a client that is slow, but not for one that does not read at all.
 *
 * Any context. Returns 0 or -errno.
 */
extern int mconsole_reply_len(const struct mc_request *req, const char *text,
			      int len, int err, int more);
extern int mconsole_reply(const struct mc_request *req, const char *text, int err,
			  int more);

extern void mconsole_socket_remove(const char *path);

enum mc_message { MCONSOLE_SOCKET, MCONSOLE_PANIC, MCONSOLE_HANG, MCONSOLE_USER_NOTIFY };

/* A message to the socket @name; its data may be cut. Returns 0 or -errno. */
extern int mconsole_message(const char *name, enum mc_message type,
			    const void *data, int len);

/* ---- mconsole_run.c */

typedef void (*mc_function)(struct mc_request *req);

/* Carry a request out in a thread, which may sleep. Any context. */
extern void mconsole_later(const struct mc_request *req, mc_function run);
/* The same for what ends the machine, whatever the thread is busy with. */
extern void mconsole_end(const struct mc_request *req, mc_function run);
extern void mconsole_stop(struct mc_request *req);
extern void mconsole_go(struct mc_request *req);

/* ---- the commands */

struct mc_command {
	const char *name;
	mc_function run;
	int at_once;		/* in an interrupt, else by the thread */
};

static inline char *mconsole_args(struct mc_request *req)
{
	return req->text + req->args;
}

/* mconsole_commands.c: the one that the text begins with, or NULL. Sets @args. */
extern const struct mc_command *mconsole_command(struct mc_request *req);
extern void mconsole_config(struct mc_request *req);
extern void mconsole_remove(struct mc_request *req);
extern void mconsole_proc(struct mc_request *req);

/* ---- mconsole_output.c */

/* The client gets all that is printed until @proc has returned, or the machine ends. */
extern void mconsole_with_output(struct mc_request *req, void (*proc)(void *),
				 void *arg);
/* No more comes: end all answers that are underway. Any context. */
extern void mconsole_output_finish(void);

/* ---- mconsole_notify.c */

extern void mconsole_tell(enum mc_message type, const void *data, int len);
extern char *mconsole_notify_socket(void);

#endif
