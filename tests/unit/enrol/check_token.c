/*
 * check_token.c -- the text of tokens, their secrets, and the list of them.
 */

#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "enrol/token.h"

#define SECRET "abcdefghijklmnopqrstuvwxyz012345"
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct tokens tokens;

static bool
parses(const char *text)
{
	struct token_proof proof;

	return token_parse_proof(&proof, text, strlen(text));
}

START_TEST(a_proof_is_an_id_and_a_secret)
{
	struct token_proof proof;

	ck_assert(token_parse_proof(
	    &proof, "ABCDEFG-." SECRET "more", 9 + TOKEN_SECRET_LEN));
	ck_assert_str_eq(proof.id, "ABCDEFG-");
	ck_assert_str_eq(proof.secret, SECRET);
	ck_assert(!parses(""));
	ck_assert(!parses("ABCDEFG-"));
	ck_assert(!parses("ABCDEFG-."));
	ck_assert(!parses("ABCDEFG-_" SECRET));
	ck_assert(!parses("ABCDEFG-." SECRET "x"));
	ck_assert(!parses("ABCDEFG-." SECRET "\n"));
	ck_assert(!parses("ABCDEF -." SECRET));
	ck_assert(!parses("ABCDEFG-.=bcdefghijklmnopqrstuvwxyz012345"));
	/* NUL ends a text, but is not the end of what was sent */
	ck_assert(!token_parse_proof(
	    &proof, "ABCDEFG-.abc\0efghijklmnopqrstuvwxyz012345", 41));
}
END_TEST

START_TEST(a_token_is_proved_by_its_secret_alone)
{
	struct token token, other;
	struct token_proof proof, second;
	int i;

	for (i = 0; i < 200; i++) {
		token_make(&token, &proof);
		token_make(&other, &second);
		ck_assert_str_eq(token.id, proof.id);
		ck_assert_uint_eq(strlen(proof.id), TOKEN_ID_LEN);
		ck_assert_uint_eq(strlen(proof.secret), TOKEN_SECRET_LEN);
		ck_assert_ptr_null(strchr("-_", proof.id[0]));
		ck_assert_ptr_null(strchr("-_", proof.id[TOKEN_ID_LEN - 1]));
		ck_assert_str_ne(proof.secret, second.secret);
		ck_assert(token_is_proved(&token, &proof));
		ck_assert(!token_is_proved(&token, &second));
		ck_assert_ptr_null(strstr(token.hash, proof.secret));
	}
}
END_TEST

/* echo -n abcdefghijklmnopqrstuvwxyz012345 | sha256sum */
START_TEST(a_secret_is_stored_as_its_hash)
{
	struct token token = { 0 };
	struct token_proof proof = { .secret = SECRET };

	strcpy(token.hash,
	    "653bb1245e828fcda4fa53fcd5a3def5bd7654e651f54b4132b73d74e64435c4");
	ck_assert(token_is_proved(&token, &proof));
	token.hash[TOKEN_HASH_LEN - 1] ^= 1;
	ck_assert(!token_is_proved(&token, &proof));
}
END_TEST

START_TEST(a_token_is_open_for_its_time)
{
	struct token token = { .until = 1000000 };

	ck_assert(token_is_open(&token, 999999));
	ck_assert(!token_is_open(&token, 1000000));
	ck_assert(!token_is_open(&token, 2000000));
	ck_assert(token_is_open(&token, 1000000 - TOKEN_TIME_MAX));
	/* The clock was set back. */
	ck_assert(!token_is_open(&token, 1000000 - TOKEN_TIME_MAX - 1));
}
END_TEST

START_TEST(a_pin_is_written_for_urls)
{
	char text[TOKEN_PIN_LEN + 1];

	ck_assert(token_print_pin(
	    text, "sha256:a+/defghijklmnopqrstuvwxyz0123456789ABCDEFG="));
	ck_assert_str_eq(text, "a-_defghijklmnopqrstuvwxyz0123456789ABCDEFG");
	ck_assert(!token_print_pin(
	    text, "sha512:a+/defghijklmnopqrstuvwxyz0123456789ABCDEFG="));
}
END_TEST

static unsigned int
parse(const char *text)
{
	return tokens_parse(&tokens, text, strlen(text));
}

START_TEST(a_list_is_read_as_it_was_written)
{
	static const char text[] = "ABCDEFGH " HASH
				   " web1 1000 0\n"
				   "abcdefgh " HASH " web2 2000 4\n";
	char *written;
	size_t len;
	FILE *out = open_memstream(&written, &len);

	ck_assert_uint_eq(parse(text), 0);
	ck_assert_uint_eq(tokens.n, 2);
	ck_assert_str_eq(tokens.list[1].name, "web2");
	ck_assert_int_eq(tokens.list[1].until, 2000);
	ck_assert_int_eq(tokens.list[1].failures, 4);
	tokens_print(&tokens, out);
	fclose(out);
	ck_assert_str_eq(written, text);
	free(written);
}
END_TEST

START_TEST(a_line_that_is_wrong_is_ignored)
{
	static const char *const wrong[] = { "", "ABCDEFGH",
		"ABCDEFGH " HASH " web1 1000", "ABCDEFG " HASH " web1 1000 0",
		"ABCDEFGH 01 web1 1000 0", "ABCDEFGH " HASH " we/b 1000 0",
		"ABCDEFGH " HASH " web1 -1 0", "ABCDEFGH " HASH " web1 1 6",
		"ABCDEFGH " HASH " web1 1000 0 x",
		"ABCDEFGH " HASH "  1000 0" };
	char text[512];
	size_t i;

	for (i = 0; i < COUNT(wrong); i++) {
		snprintf(text, sizeof(text),
		    "ABCDEFGH " HASH
		    " web1 1000 0\n%s\n"
		    "abcdefgh " HASH " web2 1000 0",
		    wrong[i]);
		ck_assert_uint_eq(parse(text), 2);
		ck_assert_uint_eq(tokens.n, 2);
		ck_assert_str_eq(tokens.list[1].name, "web2");
	}
}
END_TEST

START_TEST(tokens_are_found_and_removed)
{
	parse("ABCDEFGH " HASH " web1 1000 0\nabcdefgh " HASH
	      " web2 3000 0\n"
	      "12345678 " HASH " web1 3000 0\n");
	ck_assert_ptr_null(tokens_find(&tokens, "ABCDEFGI"));
	tokens_remove_expired(&tokens, 2000);
	ck_assert_uint_eq(tokens.n, 2);
	ck_assert_ptr_null(tokens_find(&tokens, "ABCDEFGH"));
	ck_assert_str_eq(tokens_find(&tokens, "12345678")->name, "web1");
	ck_assert_uint_eq(tokens_remove_name(&tokens, "web3"), 0);
	ck_assert_uint_eq(tokens_remove_name(&tokens, "web1"), 1);
	tokens_remove(&tokens, tokens_find(&tokens, "abcdefgh"));
	ck_assert_uint_eq(tokens.n, 0);
}
END_TEST

START_TEST(more_than_fit_are_ignored)
{
	size_t i, len;
	char *text;
	FILE *out = open_memstream(&text, &len);

	for (i = 0; i < TOKENS_MAX + 1; i++)
		fprintf(out, "ABCDEFGH " HASH " web%zu 1000 0\n", i);
	fclose(out);
	ck_assert_uint_eq(parse(text), TOKENS_MAX + 1);
	ck_assert_uint_eq(tokens.n, TOKENS_MAX);
	free(text);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, a_proof_is_an_id_and_a_secret);
	tcase_add_test(tc, a_token_is_proved_by_its_secret_alone);
	tcase_add_test(tc, a_secret_is_stored_as_its_hash);
	tcase_add_test(tc, a_token_is_open_for_its_time);
	tcase_add_test(tc, a_pin_is_written_for_urls);
	tcase_add_test(tc, a_list_is_read_as_it_was_written);
	tcase_add_test(tc, a_line_that_is_wrong_is_ignored);
	tcase_add_test(tc, tokens_are_found_and_removed);
	tcase_add_test(tc, more_than_fit_are_ignored);
}

int
main(void)
{
	return unit_run("token", add);
}
