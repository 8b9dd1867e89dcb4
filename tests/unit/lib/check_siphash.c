/*
 * check_siphash.c -- SipHash-2-4 against values of its reference.
 */

#include "tests/unit/unit.h"

#include "lib/siphash.h"

START_TEST(as_in_the_paper)
{
	/* The first of vectors.h of the authors, and appendix A (15 bytes). */
	static const struct {
		size_t size;
		uint64_t want;
	} cases[] = {
		{ 0, UINT64_C(0x726fdb47dd0e0e31) },
		{ 1, UINT64_C(0x74f839c593dc67fd) },
		{ 7, UINT64_C(0xab0200f58b01d137) },
		{ 8, UINT64_C(0x93f5f5799a932462) },
		{ 15, UINT64_C(0xa129ca6149be45e5) },
		{ 16, UINT64_C(0x3f2acc7f57c29bdb) },
	};
	const struct siphash_key key = { { UINT64_C(0x0706050403020100),
	    UINT64_C(0x0f0e0d0c0b0a0908) } };
	unsigned char data[16];
	size_t i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)i;
	for (i = 0; i < COUNT(cases); i++)
		ck_assert_uint_eq(
		    siphash(&key, data, cases[i].size), cases[i].want);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, as_in_the_paper);
}

int
main(void)
{
	return unit_run("siphash", add);
}
