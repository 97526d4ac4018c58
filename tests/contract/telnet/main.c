// SPDX-License-Identifier: GPL-2.0
/*
 * telnet - drivers/telnet_user.c against a client written from the RFCs: text of any
 * bytes arrives as it was over a socket that takes what it likes, with answers and
 * text that is forgotten in between; offers and answers are the right ones; and any
 * input is survived. Built with sanitizers.
 *
 * Argument: the seed.
 */
#include <stdint.h>
#include <sys/socket.h>
#include <uml/telnet.h>
#include "check.h"

#define IAC 255
#define TEXT_SIZE 200000

static uint64_t state;

static uint32_t rng(uint32_t below)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 33) % below;
}

/* The client: takes commands out of what it gets, and the NUL of a lone CR. */
struct client {
	int skip;		/* bytes of a command that still come */
	int command, cr;
	unsigned char text[2 * TEXT_SIZE];
	size_t len;
	size_t commands;
};

static void client_take(struct client *c, unsigned char byte)
{
	if (c->skip) {
		c->skip--;
		return;
	}
	if (c->command) {
		c->command = 0;
		if (byte != IAC) {
			CHECK(byte >= 251 && byte <= 254, "a command %d", byte);
			c->skip = 1;
			c->commands++;
			return;
		}
	} else if (byte == IAC) {
		c->command = 1;
		return;
	}
	if (c->cr && byte == '\0') {
		c->cr = 0;
		return;
	}
	CHECK(!c->cr || byte == '\n', "a CR, then %d", byte);
	c->cr = byte == '\r';
	CHECK(c->len < sizeof(c->text), "too much");
	c->text[c->len++] = byte;
}

static struct client client;

/* The socket: takes some of it, or nothing. */
ssize_t send(int fd, const void *data, size_t len, int flags)
{
	const unsigned char *byte = data;
	size_t n = rng(3) ? rng(4) : rng(len + 1), i;

	CHECK(fd == 7 && (flags & MSG_NOSIGNAL) && len, "another send");
	if (n == 0) {
		errno = EAGAIN;
		return -1;
	}
	if (n > len)
		n = len;
	for (i = 0; i < n; i++)
		client_take(&client, byte[i]);
	return n;
}

static void text_make(unsigned char *text, size_t len)
{
	static const unsigned char hard[] = { IAC, '\r', '\n', 0, 240, 250, 253, 'x' };

	while (len--)
		*text++ = rng(3) ? hard[rng(sizeof(hard))] : rng(256);
}

/* forget: some of the text is not offered again after a short write. */
static void text_check(int forget)
{
	static unsigned char text[TEXT_SIZE], wanted[2 * TEXT_SIZE];
	struct telnet telnet;
	size_t done = 0, out = 0, len, halves = 0;
	unsigned char ignored;
	int n;

	client = (struct client){ 0 };
	text_make(text, sizeof(text));
	telnet_begin(&telnet);
	while (done < sizeof(text)) {
		len = 1 + rng(1000);
		if (len > sizeof(text) - done)
			len = sizeof(text) - done;
		n = telnet_write(&telnet, 7, text + done, len);
		CHECK(n >= 0 && (size_t)n <= len, "%d of %zu", n, len);
		memcpy(wanted + out, text + done, n);
		out += n;
		done += n;
		halves += telnet.sent != 0;
		if (forget && telnet.sent && rng(4) == 0) {
			/* what was begun arrives all the same */
			wanted[out++] = telnet.half;
			while (done < sizeof(text) && text[done] == telnet.half)
				done++;
		}
		if (rng(10) == 0) {	/* an option that is declined */
			telnet_decode(&telnet, IAC, &ignored);
			telnet_decode(&telnet, 253, &ignored);
			telnet_decode(&telnet, 99, &ignored);
			CHECK(telnet_answer(&telnet, 7) >= 0, "an answer");
		}
	}
	/* what was begun ends with the next text */
	do {
		n = telnet_write(&telnet, 7, (const unsigned char *)"z", 1);
	} while (n == 0);
	wanted[out++] = 'z';
	CHECK(client.len == out, "%zu bytes of %zu", client.len, out);
	CHECK(!memcmp(client.text, wanted, out), "other text");
	CHECK(client.commands > 20 && halves > 100, "%zu commands, %zu halves", client.commands, halves);
}

/* Returns the text that the bytes are. */
static const char *decoded(struct telnet *telnet, const char *bytes, size_t len)
{
	static char text[100];
	size_t n = 0;

	while (len--)
		n += telnet_decode(telnet, *bytes++, (unsigned char *)text + n);
	text[n] = '\0';
	return text;
}

#define DECODED(bytes, wanted) \
	CHECK(!strcmp(decoded(&telnet, bytes, sizeof(bytes) - 1), wanted), "of %s", #bytes)

static void input_check(void)
{
	struct telnet telnet;

	telnet_begin(&telnet);
	CHECK(telnet.rows == TELNET_ROWS && telnet.columns == TELNET_COLUMNS, "size");
	CHECK(telnet.answer_len == 12 && !memcmp(telnet.answer, "\xff\xfb\1\xff\xfb\3"
						 "\xff\xfd\3\xff\xfd\x1f", 12), "offers");
	telnet.answer_len = 0;
	DECODED("a\r\nb\r\0c\rd\ne", "a\rb\rc\rd\ne");
	DECODED("\xff\xff", "\xff");
	DECODED("\xff\xf4\xff\xec\xff\xf1\xff\xed", "\3\4\x1a");
	DECODED("\xff\xfd\1\xff\xfd\3\xff\xfb\x1f\xff\xfc\7\xff\xfe\7", "");
	CHECK(!telnet.answer_len, "an answer to an answer");
	DECODED("\xff\xfd\x18\xff\xfb\x18", "");
	CHECK(telnet.answer_len == 6 && !memcmp(telnet.answer, "\xff\xfc\x18\xff\xfe\x18", 6),
	      "declined");
	DECODED("x\xff\xfa\x1f\0\x65\1\xff\xff\xff\xf0y", "xy");
	CHECK(telnet.columns == 101 && telnet.rows == 511, "%d by %d", telnet.rows,
	      telnet.columns);
	DECODED("\xff\xfa\x1f\0\0\0\0\xff\xf0\xff\xfa\x18\0\1\2\3\4\5\6\xff\xf0"
		"\xff\xfa\x1f\0\1\xff\xf0z", "z");
	CHECK(telnet.columns == 101 && telnet.rows == 511, "a size of nothing");
}

static void noise_check(void)
{
	struct telnet telnet;
	unsigned char text;
	int i;

	telnet_begin(&telnet);
	for (i = 0; i < 1000000; i++) {
		telnet_decode(&telnet, rng(3) ? 240 + rng(16) : rng(256), &text);
		CHECK(telnet.answer_len <= sizeof(telnet.answer), "%zu", telnet.answer_len);
		CHECK(telnet.rows && telnet.columns, "no size");
	}
}

int main(int argc, char **argv)
{
	state = argc > 1 ? strtoull(argv[1], NULL, 0) : 20261127;
	input_check();
	text_check(0);
	text_check(1);
	noise_check();
	return 0;
}
