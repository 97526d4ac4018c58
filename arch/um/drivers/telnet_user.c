// SPDX-License-Identifier: GPL-2.0
/*
 * telnet_user.c - see uml/telnet.h.
 *
 * Nothing is negotiated but what makes the client a terminal: the server echoes,
 * each key is sent at once, and the client tells its window's size. Anything else
 * that it asks or offers is declined. Who is no telnet client (nc) sees some bytes
 * of negotiation first and can go on all the same.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <uml/telnet.h>

enum {	/* bytes after IAC */
	END_OF_FILE = 236, SUSPEND, ABORT, SE = 240, BREAK = 243, INTERRUPT,
	SB = 250, WILL, WONT, DO, DONT, IAC
};

enum { ECHO = 1, GO_AHEAD = 3, WINDOW = 31 };	/* options */

enum { STATE_TEXT, STATE_COMMAND, STATE_OPTION, STATE_SUB, STATE_SUB_DATA, STATE_SUB_IAC };

#define ENCODED_MAX 3	/* bytes that one byte of text becomes */

static void answer_add(struct telnet *telnet, unsigned char verb, unsigned char option)
{
	/* who asks so much and reads nothing gets no answer */
	if (telnet->answer_len + 3 > sizeof(telnet->answer))
		return;
	telnet->answer[telnet->answer_len++] = IAC;
	telnet->answer[telnet->answer_len++] = verb;
	telnet->answer[telnet->answer_len++] = option;
}

void telnet_begin(struct telnet *telnet)
{
	*telnet = (struct telnet){ .rows = TELNET_ROWS, .columns = TELNET_COLUMNS };
	answer_add(telnet, WILL, ECHO);
	answer_add(telnet, WILL, GO_AHEAD);
	answer_add(telnet, DO, GO_AHEAD);
	answer_add(telnet, DO, WINDOW);
}

/* What is not among the offers is declined. A refusal needs no answer. */
static void option_negotiate(struct telnet *telnet, unsigned char verb,
			     unsigned char option)
{
	if (verb == DO && option != ECHO && option != GO_AHEAD)
		answer_add(telnet, WONT, option);
	if (verb == WILL && option != GO_AHEAD && option != WINDOW)
		answer_add(telnet, DONT, option);
}

static void sub_end(struct telnet *telnet)
{
	unsigned short columns, rows;

	if (telnet->option != WINDOW || telnet->data_len != sizeof(telnet->data))
		return;
	columns = telnet->data[0] << 8 | telnet->data[1];
	rows = telnet->data[2] << 8 | telnet->data[3];
	if (columns)
		telnet->columns = columns;
	if (rows)
		telnet->rows = rows;
}

static void sub_add(struct telnet *telnet, unsigned char byte)
{
	if (telnet->data_len < sizeof(telnet->data))
		telnet->data[telnet->data_len] = byte;
	telnet->data_len++;
	telnet->state = STATE_SUB_DATA;
}

/* Keys that some clients send as commands: what a terminal sends for them. */
static int command_take(struct telnet *telnet, unsigned char byte, unsigned char *text)
{
	telnet->state = STATE_TEXT;
	switch (byte) {
	case WILL: case WONT: case DO: case DONT:
		telnet->option = byte;
		telnet->state = STATE_OPTION;
		return 0;
	case SB:
		telnet->state = STATE_SUB;
		return 0;
	case IAC:
		*text = IAC;
		return 1;
	case BREAK: case INTERRUPT:
		*text = 'C' & 037;
		return 1;
	case END_OF_FILE:
		*text = 'D' & 037;
		return 1;
	case SUSPEND:
		*text = 'Z' & 037;
		return 1;
	case ABORT:
		*text = '\\' & 037;
		return 1;
	default:
		return 0;
	}
}

/* The end of a line is CR LF or CR NUL, the key Enter of a terminal is CR. */
static int text_take(struct telnet *telnet, unsigned char byte, unsigned char *text)
{
	bool second = telnet->cr_in && (byte == '\n' || byte == '\0');

	telnet->cr_in = byte == '\r';
	*text = byte;
	return !second;
}

int telnet_decode(struct telnet *telnet, unsigned char byte, unsigned char *text)
{
	switch (telnet->state) {
	case STATE_TEXT:
		if (byte != IAC)
			return text_take(telnet, byte, text);
		telnet->state = STATE_COMMAND;
		return 0;
	case STATE_COMMAND:
		return command_take(telnet, byte, text);
	case STATE_OPTION:
		option_negotiate(telnet, telnet->option, byte);
		telnet->state = STATE_TEXT;
		return 0;
	case STATE_SUB:
		telnet->option = byte;
		telnet->data_len = 0;
		telnet->state = STATE_SUB_DATA;
		return 0;
	case STATE_SUB_DATA:
		if (byte == IAC)
			telnet->state = STATE_SUB_IAC;
		else
			sub_add(telnet, byte);
		return 0;
	default:	/* STATE_SUB_IAC */
		if (byte == IAC) {
			sub_add(telnet, byte);
			return 0;
		}
		sub_end(telnet);
		telnet->state = STATE_TEXT;
		return 0;
	}
}

static int send_some(int fd, const unsigned char *data, size_t len)
{
	ssize_t n;

	do {
		n = send(fd, data, len, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n >= 0)
		return n;
	return errno == EAGAIN ? 0 : -errno;
}

/* Returns 1 when the queue is empty, 0 if the socket is full, -errno. */
static int queue_send(struct telnet *telnet, int fd)
{
	int n;

	while (telnet->answer_len) {
		n = send_some(fd, telnet->answer, telnet->answer_len);
		if (n <= 0)
			return n;
		telnet->answer_len -= n;
		memmove(telnet->answer, telnet->answer + n, telnet->answer_len);
	}
	return 1;
}

int telnet_answer(struct telnet *telnet, int fd)
{
	/* not in the middle of a byte of text */
	return telnet->sent ? 1 : queue_send(telnet, fd);
}

static int encode(unsigned char byte, bool after_cr, unsigned char *to)
{
	int n = 0;

	if (after_cr && byte != '\n')
		to[n++] = '\0';
	to[n++] = byte;
	if (byte == IAC)
		to[n++] = IAC;
	return n;
}

/* How many bytes of text are out after n bytes of their encoding are. */
static int sent_count(struct telnet *telnet, const unsigned char *text, int n)
{
	unsigned char one[ENCODED_MAX];
	int count = 0, size;

	n += telnet->sent;
	while (n && n >= (size = encode(text[count], telnet->cr_out, one))) {
		telnet->cr_out = text[count++] == '\r';
		n -= size;
	}
	telnet->sent = n;
	if (n)
		telnet->half = text[count];
	return count;
}

/* Returns how many bytes of the text are out, 0: the socket is full, -errno. */
static int part_write(struct telnet *telnet, int fd, const unsigned char *text, size_t len)
{
	unsigned char out[512];
	bool cr = telnet->cr_out;
	int n = 0;
	size_t i;

	for (i = 0; i < len && n + ENCODED_MAX <= (int)sizeof(out); i++) {
		n += encode(text[i], cr, out + n);
		cr = text[i] == '\r';
	}
	n = send_some(fd, out + telnet->sent, n - telnet->sent);
	return n <= 0 ? n : sent_count(telnet, text, n);
}

/* The rest of a byte whose text was forgotten: what follows must not be taken for it. */
static void half_finish(struct telnet *telnet)
{
	unsigned char one[ENCODED_MAX];
	int rest = encode(telnet->half, telnet->cr_out, one) - telnet->sent;

	if (telnet->answer_len + rest > sizeof(telnet->answer))
		telnet->answer_len = sizeof(telnet->answer) - rest;
	memmove(telnet->answer + rest, telnet->answer, telnet->answer_len);
	memcpy(telnet->answer, one + telnet->sent, rest);
	telnet->answer_len += rest;
	telnet->cr_out = telnet->half == '\r';
	telnet->sent = 0;
}

int telnet_write(struct telnet *telnet, int fd, const unsigned char *text, size_t len)
{
	size_t done = 0;
	int n;

	if (telnet->sent && len && *text != telnet->half)
		half_finish(telnet);
	n = telnet_answer(telnet, fd);
	if (n <= 0)
		return n;
	while (done < len) {
		n = part_write(telnet, fd, text + done, len - done);
		if (n <= 0)
			break;
		done += n;
	}
	return done ? (int)done : n;
}
