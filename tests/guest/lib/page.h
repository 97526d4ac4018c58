/* SPDX-License-Identifier: GPL-2.0 */
/*
 * page.h - pages whose content tells whose they are. Word 0 of a page holds
 * its tag, each other word is made from the tag and the word's place, so that
 * a page that was mixed up, shifted or only half copied does not match.
 * Tag 0 is a page of zeros.
 */
#ifndef TESTS_PAGE_H
#define TESTS_PAGE_H

#include <stdint.h>

#define PAGE	   4096ul
#define PAGE_WORDS (PAGE / sizeof(uint64_t))

static inline uint64_t page_word(uint64_t tag, unsigned int i)
{
	return tag ? tag ^ (i * 0x9e3779b97f4a7c15) : 0;
}

static inline void page_fill(void *page, uint64_t tag)
{
	volatile uint64_t *word = page;
	unsigned int i;

	for (i = 0; i < PAGE_WORDS; i++)
		word[i] = page_word(tag, i);
}

/* Number of the first wrong word, or -1 */
static inline int page_differs(const void *page, uint64_t tag)
{
	const volatile uint64_t *word = page;
	unsigned int i;

	for (i = 0; i < PAGE_WORDS; i++)
		if (word[i] != page_word(tag, i))
			return i;
	return -1;
}

/* The whole page must hold this tag; `what` names it in the message. */
#define PAGE_CHECK(page, tag, what) \
	do { \
		const volatile uint64_t *page_ = (const volatile void *)(page); \
		int word_ = page_differs((const void *)(page), (tag)); \
		if (word_ >= 0) \
			FAIL("%s: page %p word %d is %#lx, should be %#lx", (what), \
			     (const void *)page_, word_, (unsigned long)page_[word_], \
			     (unsigned long)page_word((tag), word_)); \
	} while (0)

#endif
