/* SPDX-License-Identifier: GPL-2.0 */
/* image_test.h - what the cases of disk-image share. They run in an empty folder. */
#ifndef TESTS_IMAGE_TEST_H
#define TESTS_IMAGE_TEST_H

#include <stdint.h>
#include <sys/types.h>
#include <uml/disk_image.h>
#include "check.h"
#include "../cow-format/cow_bytes.h"

extern struct disk_image image;
extern char why[IMAGE_WHY_SIZE];

/* image_open() into the above; a sector of 0 becomes 512. */
int open_image(struct image_request want);
#define OPEN(...) open_image((struct image_request){ .name = "ubd7", __VA_ARGS__ })

/* It opens, without a notice. */
#define OPENS(...) do { \
	int err_ = OPEN(__VA_ARGS__); \
	CHECK(err_ == 0 && !*why, "%s: %d, %s", #__VA_ARGS__, err_, why); \
} while (0)

/* It opens, and the notice has these words. */
#define NOTICED(words, ...) do { \
	int err_ = OPEN(__VA_ARGS__); \
	CHECK(err_ == 0, "%s: %d, %s", #__VA_ARGS__, err_, why); \
	words_check(words, __FILE__, __LINE__); \
} while (0)

/* It does not open, and the one line of the error has these words. */
#define REFUSED(error, words, ...) do { \
	int err_ = OPEN(__VA_ARGS__); \
	CHECK(err_ == -(error), "%s: %d, %s", #__VA_ARGS__, err_, why); \
	CHECK(image.data.fd == -1 && image.backing.fd == -1, "open after an error"); \
	words_check(words, __FILE__, __LINE__); \
} while (0)

/* words: some, separated by '|', that why has all of */
void words_check(const char *words, const char *file, int line);

/* A file of that many bytes, with a pattern that depends on the seed; sparse if seed is 0. */
void file_make(const char *name, uint64_t size, unsigned int seed);
void file_write(const char *name, uint64_t offset, const void *buf, size_t len);
void file_read(const char *name, uint64_t offset, void *buf, size_t len);
uint64_t file_size(const char *name);
uint32_t file_mtime(const char *name);
void file_age(const char *name, uint32_t mtime);
/* The absolute path of a file here */
const char *here(const char *name);

/*
 * A COW file with that header (.path, .size, .mtime as they are), as long as it
 * says, and with these bits set: a list that ends with -1.
 */
void cow_make(const char *name, const struct cow_bytes *header, const int *bits);
#define NONE ((const int []){ -1 })
/* cow.c: is the open image laid out as that header says? */
void places_check(const struct cow_bytes *header);
/* A V3 header for a file here */
struct cow_bytes cow_of(const char *backing);

/* Run a program. Its exit status; 127 if there is none of that name. */
int run(const char *const *argv);
/*
 * A child that runs body: returns when it has called child_ready(), which returns
 * at child_end(). The last one started ends first.
 */
pid_t child_start(void (*body)(void *), void *data);
void child_ready(void);
void child_end(pid_t pid);
void child_kill(pid_t pid);

/* direct.c: is it O_DIRECT, as it says? */
int is_direct(const struct image_file *file);
/* It takes direct requests of unit bytes. */
void usable_check(const struct image_file *file, uint32_t unit);
/* The open image is not direct, with these words as the reason; it is closed. */
void cached_check(const char *reason);

void case_raw(void);
void case_kinds(void);
void case_read_only(void);
void case_resize(void);
void case_create(void);
void case_create_fails(void);
void case_create_killed(void);
void case_create_race(void);
void case_versions(void);
void case_headers(void);
void case_hostile(void);
void case_bitmap(void);
void case_short_bitmap(void);
void case_paths(void);
void case_mismatch(void);
void case_switch(void);
void case_locks(void);
void case_lock_holders(void);
void case_direct(void);
void case_block_device(void);
void case_debian(void);

#endif
