/* SPDX-License-Identifier: GPL-2.0 */
/*
 * telnet.h - the server's side of the telnet protocol (RFC 854, 857, 858, 1073),
 * for consoles on a TCP port. Host objects only.
 */
#ifndef UML_TELNET_H
#define UML_TELNET_H

#include <stdbool.h>
#include <stddef.h>

#define TELNET_ROWS	24	/* until the client says what it has */
#define TELNET_COLUMNS	80

struct telnet {
	unsigned short rows, columns;	/* of the client's window */

	/* input */
	int state;
	unsigned char option;		/* of the subnegotiation */
	unsigned char data[4];
	unsigned int data_len;
	bool cr_in;

	/* output */
	bool cr_out;			/* the last byte of text was a CR */
	int sent;			/* bytes of the next one's encoding that are out, */
	unsigned char half;		/* and what that byte is */
	unsigned char answer[64];	/* still to be sent */
	size_t answer_len;
};

/* A client has connected. Queues the offers: it need not echo, nor wait for lines. */
extern void telnet_begin(struct telnet *telnet);

/**
 * telnet_decode() - one byte from the client
 * @text:	receives a byte of text
 *
 * Returns 1 if there is text, 0 if the byte was the protocol's. Answers are queued.
 */
extern int telnet_decode(struct telnet *telnet, unsigned char byte, unsigned char *text);

/**
 * telnet_answer() - send what is queued
 *
 * Returns 1 when all is out, 0 if the socket is full, -errno.
 */
extern int telnet_answer(struct telnet *telnet, int fd);

/**
 * telnet_write() - send text
 *
 * Returns how many bytes of the text are out, 0 if the socket is full, -errno. The
 * rest is to be offered again later, or forgotten.
 */
extern int telnet_write(struct telnet *telnet, int fd, const unsigned char *text,
			size_t len);

#endif
