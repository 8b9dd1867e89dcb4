/*
 * check_record.c -- records are written as their tables say, and nothing else
 * is read.
 */

#include "tests/unit/unit.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/record.h"

/* --- a format of its own --- */

struct thing {
	uint64_t big;
	uint32_t middle;
	uint8_t small;
	bool flag;
	int fd, maybe_fd;
	const char *word, *maybe_word;
	struct addr addr, maybe_addr;
};
struct head {
	uint32_t n;
};

#define NUMBER(member, min, max) \
	RECORD_FIELD(#member, RECORD_NUMBER, struct thing, member, min, max)
#define FIELD(member, type, min, max) \
	RECORD_FIELD(#member, type, struct thing, member, min, max)
static const struct record_field thing_fields[] = {
	NUMBER(big, 0, UINT64_MAX),
	NUMBER(middle, 2, UINT32_MAX),
	NUMBER(small, 0, 5),
	NUMBER(flag, 0, 1),
	FIELD(fd, RECORD_FD, 1, 0),
	FIELD(maybe_fd, RECORD_FD, 0, 0),
	FIELD(word, RECORD_WORD, 2, 5),
	FIELD(maybe_word, RECORD_WORD, 0, ADDR_PATH_MAX),
	FIELD(addr, RECORD_ADDRESS, 1, 0),
	FIELD(maybe_addr, RECORD_ADDRESS, 0, 0),
};
static const struct record_field head_fields[] = { RECORD_FIELD(
    "n", RECORD_NUMBER, struct head, n, 0, UINT32_MAX) };

static struct thing taken[4];
static int ntaken;
static bool refuses; /* take returns false */

static bool
take(void *arg, const void *record)
{
	ck_assert_ptr_eq(arg, taken);
	ck_assert_int_lt(ntaken, (int)COUNT(taken));
	taken[ntaken++] = *(const struct thing *)record;
	return !refuses;
}

static const struct record_kind kinds[] = {
	{ "head", head_fields, COUNT(head_fields), sizeof(struct head), true,
	    NULL },
	{ "thing", thing_fields, COUNT(thing_fields), sizeof(struct thing),
	    false, take },
};
static const struct record_format format = { "test", 3, kinds, COUNT(kinds) };

static char error[128];
static char *copy; /* holds the words of what was taken */

static bool
accepts_bytes(const char *text, size_t len)
{
	int result;

	free(copy);
	ck_assert_ptr_nonnull(copy = malloc(len + 1));
	memcpy(copy, text, len);
	copy[len] = '\0';
	ntaken = 0;
	error[0] = '\0';
	result = record_read(&format, taken, copy, error, sizeof(error));
	ck_assert_int_eq(result == 0, error[0] == '\0');
	return result == 0;
}

static bool
accepts(const char *text)
{
	return accepts_bytes(text, strlen(text));
}

static void
refuse(const char *text, const char *want)
{
	ck_assert_msg(!accepts(text), "%s\nis not refused", text);
	ck_assert_msg(strcmp(error, want) == 0,
	    "%s\nis refused with\n%s\nnot with\n%s", text, error, want);
}

#define GOOD                                                           \
	"thing big=1 middle=2 small=3 flag=1 fd=4 maybe_fd=5 word=ab " \
	"maybe_word=cd addr=127.0.0.1:6 maybe_addr=[::1]:7"

/* A text with the line LINE, which is the third. */
static const char *
with(const char *line)
{
	static char text[1024];

	snprintf(text, sizeof(text),
	    "test version=3\nhead n=9\n%s\nend lines=3\n", line);
	return text;
}

/* GOOD, where the field NAME has the VALUE. */
static const char *
changed(const char *name, const char *value)
{
	static const char good[] = GOOD;
	char line[512], token[32];
	const char *at;

	snprintf(token, sizeof(token), " %s=", name);
	ck_assert_ptr_nonnull(at = strstr(good, token));
	at += strlen(token);
	snprintf(line, sizeof(line), "%.*s%s%s", (int)(at - good), good, value,
	    at + strcspn(at, " "));
	return with(line);
}

static char *
written(const struct thing *t)
{
	static const struct head head = { 9 };
	struct record_writer w;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	record_begin(&w, &format, out);
	record_write(&w, &kinds[0], &head);
	record_write(&w, &kinds[1], t);
	ck_assert_int_eq(record_end(&w), 0);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

/* --- writing --- */

START_TEST(what_is_read_is_written_again)
{
	char *text;

	ck_assert_msg(accepts(with(GOOD)), "%s", error);
	ck_assert_int_eq(ntaken, 1);
	ck_assert_uint_eq(taken[0].big, 1);
	ck_assert_uint_eq(taken[0].middle, 2);
	ck_assert_uint_eq(taken[0].small, 3);
	ck_assert(taken[0].flag);
	ck_assert_int_eq(taken[0].fd, 4);
	ck_assert_int_eq(taken[0].maybe_fd, 5);
	ck_assert_str_eq(taken[0].word, "ab");
	ck_assert_str_eq(taken[0].maybe_word, "cd");
	ck_assert_uint_eq(addr_port(&taken[0].addr), 6);
	ck_assert_int_eq(taken[0].maybe_addr.sa.sa_family, AF_INET6);
	text = written(&taken[0]);
	ck_assert_str_eq(text, with(GOOD));
	free(text);
}
END_TEST

START_TEST(what_is_not_there_is_a_dash)
{
	static const char none[] =
	    "thing big=18446744073709551615 middle=4294967295 small=0 flag=0 "
	    "fd=1048575 maybe_fd=-1 word=ab maybe_word=- addr=unix "
	    "maybe_addr=-";
	char *text;

	ck_assert_msg(accepts(with(none)), "%s", error);
	ck_assert_int_eq(taken[0].maybe_fd, -1);
	ck_assert_ptr_null(taken[0].maybe_word);
	ck_assert_int_eq(taken[0].addr.sa.sa_family, AF_UNIX);
	ck_assert_int_eq(taken[0].maybe_addr.sa.sa_family, AF_UNSPEC);
	text = written(&taken[0]);
	ck_assert_str_eq(text, with(none));
	free(text);
}
END_TEST

/* Each byte, first, in the middle, last, and before a digit. */
START_TEST(every_byte_of_a_word_and_a_path_is_kept)
{
	char path[] = "/?x/?0?", word[] = "?a?0?";
	char long_path[ADDR_PATH_MAX + 1], *text;
	struct thing t;
	int c;

	ck_assert(accepts(with(GOOD)));
	t = taken[0];
	t.word = "-a";
	for (c = 1; c < 256; c++) {
		path[1] = path[4] = path[6] = (char)c;
		word[0] = word[2] = word[4] = (char)c;
		t.maybe_word = word;
		ck_assert_int_eq(addr_from_path(&t.addr, path), 0);
		text = written(&t);
		ck_assert_msg(accepts(text), "%s: %s", text, error);
		free(text);
		ck_assert_str_eq(taken[0].addr.un.sun_path, path);
		ck_assert_str_eq(taken[0].maybe_word, word);
	}
	for (c = 0; c < 256; c++) {
		ck_assert_int_eq(addr_from_path(&t.addr, "@?x?0?"), 0);
		t.addr.un.sun_path[1] = t.addr.un.sun_path[3] =
		    t.addr.un.sun_path[5] = (char)c;
		text = written(&t);
		ck_assert_msg(accepts(text), "%s: %s", text, error);
		free(text);
		ck_assert(addr_equal(&taken[0].addr, &t.addr));
	}
	memset(long_path, '\xff', ADDR_PATH_MAX);
	long_path[0] = '/';
	long_path[ADDR_PATH_MAX] = '\0';
	ck_assert_int_eq(addr_from_path(&t.addr, long_path), 0);
	t.maybe_word = "-"; /* which is not none */
	text = written(&t);
	ck_assert_msg(accepts(text), "%s: %s", text, error);
	free(text);
	ck_assert_str_eq(taken[0].addr.un.sun_path, long_path);
	ck_assert_str_eq(taken[0].maybe_word, "-");
}
END_TEST

/* A peer can bind its end to anything: none of it may spoil a text. */
START_TEST(odd_names_of_unix_sockets_are_not_kept)
{
	static const char *const names[] = { "relative", "with space",
		"192.0.2.1:5", "-", "[", "unix", "./a" };
	struct thing t;
	char *text;
	size_t i;

	ck_assert(accepts(with(GOOD)));
	t = taken[0];
	t.word = "ab";
	t.maybe_word = NULL;
	for (i = 0; i <= COUNT(names); i++) {
		ck_assert_int_eq(addr_from_path(&t.addr, ""), 0);
		if (i < COUNT(names))
			strlcpy(t.addr.un.sun_path, names[i],
			    sizeof(t.addr.un.sun_path));
		else /* all of it, without a NUL, as the kernel allows */
			memset(t.addr.un.sun_path, '/',
			    sizeof(t.addr.un.sun_path));
		text = written(&t);
		ck_assert_msg(accepts(text), "%s: %s", text, error);
		ck_assert_ptr_nonnull(strstr(text, " addr=unix "));
		free(text);
	}
}
END_TEST

START_TEST(a_full_disk_is_an_error)
{
	FILE *out = fopen("/dev/full", "w");
	struct record_writer w;

	ck_assert_ptr_nonnull(out);
	record_begin(&w, &format, out);
	ck_assert_int_eq(record_end(&w), -1);
	fclose(out);
}
END_TEST

/* --- reading --- */

static const struct {
	const char *field;
	const char *good[5], *bad[8];
} values[] = {
	{ "big", { "0", "18446744073709551615" },
	    { "18446744073709551616", "99999999999999999999" } },
	{ "middle", { "2", "4294967295" }, { "0", "1", "4294967296" } },
	{ "small", { "0", "5" }, { "6", "256", "261" } },
	{ "flag", { "0", "1" }, { "2", "256", "257" } },
	{ "fd", { "3", "1048575" }, { "0", "1", "2", "1048576", "-1", "5" } },
	{ "maybe_fd", { "-1", "3", "1048575" },
	    { "0", "1", "2", "1048576", "-2", "4" } },
	{ "word", { "ab", "abcde", "a\\040b", "--" },
	    { "a", "abcdef", "-", "\\000a", "ab\\000", "\\", "\\1", "\\M" } },
	{ "maybe_word", { "a", "-", "\\055" }, { "\\000", "\\" } },
	{ "addr", { "0.0.0.0:0", "unix", "/a", "[fe80::1%lo]:1", "/a\\040b" },
	    { "-", "\\000", "relative", "unix:", "wait" } },
	{ "maybe_addr", { "[::]:65535", "-", "unix" }, { "relative" } },
};
static const char *const no_numbers[] = { "", "-", "x", "5x", "x5", "+5", "05",
	"0x5", "\t5", "5\t", "5.", "5e0", "--5", "-0", "-1",
	"99999999999999999999", "5\r" };
static const char *const no_addresses[] = { "", "127.0.0.1", "127.0.0.1:", ":1",
	"127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:x", "1:1", "[::1]",
	"::1:1", "[::1:1", "[]:1", "localhost:1", "[::1%nosuchinterface]:1" };

#define INVALID "line 3 is invalid"

START_TEST(each_value_has_its_range)
{
	char longer[ADDR_PATH_MAX + 2];
	size_t i, j;

	for (i = 0; i < COUNT(values); i++) {
		for (j = 0; j < 5 && values[i].good[j] != NULL; j++)
			ck_assert_msg(accepts(changed(
					  values[i].field, values[i].good[j])),
			    "%s=%s: %s", values[i].field, values[i].good[j],
			    error);
		for (j = 0; j < 8 && values[i].bad[j] != NULL; j++)
			refuse(changed(values[i].field, values[i].bad[j]),
			    INVALID);
		refuse(changed(values[i].field, ""), INVALID);
	}
	for (j = 0; j < COUNT(no_numbers); j++) {
		for (i = 0; i < 5; i++)
			refuse(
			    changed(values[i].field, no_numbers[j]), INVALID);
		if (strcmp(no_numbers[j], "-1") != 0)
			refuse(changed("maybe_fd", no_numbers[j]), INVALID);
	}
	for (j = 0; j < COUNT(no_addresses); j++) {
		refuse(changed("addr", no_addresses[j]), INVALID);
		refuse(changed("maybe_addr", no_addresses[j]), INVALID);
	}
	memset(longer, '/', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	refuse(changed("addr", longer), INVALID);
	longer[sizeof(longer) - 2] = '\0';
	ck_assert(accepts(changed("addr", longer)));
}
END_TEST

/* Every field is left out, repeated, misspelt, and changes its place. */
START_TEST(each_field_is_there_once_and_in_its_place)
{
	static const char good[] = GOOD;
	const char *at, *next;
	char line[512];
	int len;

	for (at = strchr(good, ' '); at != NULL; at = next) {
		next = strchr(at + 1, ' ');
		len = (int)(next == NULL ? strlen(at) : (size_t)(next - at));
		snprintf(line, sizeof(line), "%.*s%s", (int)(at - good), good,
		    at + len);
		refuse(with(line), INVALID);
		snprintf(line, sizeof(line), "%.*s%.*s%s", (int)(at - good),
		    good, len, at, at);
		refuse(with(line), INVALID);
		snprintf(line, sizeof(line), "%.*s x%s", (int)(at - good), good,
		    at + 1);
		refuse(with(line), INVALID);
		snprintf(
		    line, sizeof(line), "%.*s %s", (int)(at - good), good, at);
		refuse(with(line), INVALID);
		if (next == NULL)
			break;
		/* to the end of the line */
		snprintf(line, sizeof(line), "%.*s%s%.*s", (int)(at - good),
		    good, at + len, len, at);
		refuse(with(line), INVALID);
	}
	refuse(with(GOOD " "), INVALID);
	refuse(with(GOOD " more=1"), INVALID);
	refuse(with("thing"), INVALID);
	refuse(with("head n"), INVALID);
}
END_TEST

START_TEST(a_descriptor_is_named_once)
{
	char text[1024];

	snprintf(text, sizeof(text),
	    "test version=3\nhead n=9\n" GOOD
	    "\nthing big=1 middle=2 small=3 flag=1 fd=6 maybe_fd=%d word=ab "
	    "maybe_word=cd addr=unix maybe_addr=-\nend lines=4\n",
	    4);
	refuse(text, "line 4 is invalid");
	*(strstr(text, "maybe_fd=4") + 9) = '7';
	ck_assert_msg(accepts(text), "%s", error);
}
END_TEST

START_TEST(unknown_lines_are_refused)
{
	static const char *const unknown[] = { "", " ", "heads n=1", "hea n=1",
		"Head n=1", " head n=1", "test version=3", "#", "head n=1" };
	size_t i;

	for (i = 0; i < COUNT(unknown); i++)
		refuse(with(unknown[i]), INVALID);
	refuses = true;
	refuse(with(GOOD), INVALID);
	refuses = false;
}
END_TEST

START_TEST(the_end_counts_the_lines)
{
	refuse("test version=3\nhead n=1\nend lines=1\n", INVALID);
	refuse("test version=3\nhead n=1\nend lines=3\n", INVALID);
	refuse("test version=3\nhead n=1\nend lines=-2\n", INVALID);
	refuse("test version=3\nhead n=1\nend 2\n", INVALID);
	refuse("test version=3\nhead n=1\nend lines=2 x=1\n", INVALID);
	refuse("test version=3\nhead n=1\nend lines=2\nhead n=1\n",
	    "line 4 is invalid");
	refuse("test version=3\nhead n=1\nend lines=2\nend lines=3\n",
	    "line 4 is invalid");
	refuse(
	    "test version=3\nhead n=1\nend lines=2\n\n", "line 4 is invalid");
	refuse("test version=3\n", "incomplete");
	refuse("test version=3", "incomplete");
	refuse("test version=3\nend lines=1\n", "incomplete");
	refuse("test version=3\nhead n=1\n", "incomplete");
}
END_TEST

START_TEST(a_cut_is_noticed_at_every_byte)
{
	const char *text = with(GOOD);
	size_t len, all = strlen(text);

	for (len = 0; len < all - 1; len++)
		ck_assert_msg(!accepts_bytes(text, len),
		    "%zu bytes of %zu are taken for all", len, all);
	/* only the last newline may be missing */
	ck_assert(accepts_bytes(text, all - 1));
}
END_TEST

START_TEST(versions_up_to_ours_are_read)
{
	static const char *const others[] = { "test version=0",
		"test version=4", "test version=-1", "test version=x",
		"test version=1x", "test version=", "test version", "test",
		"test version=1 ", "test  version=1", "test version=01",
		"test version=+1", "test version=1 x=1", "test Version=1",
		"tes version=1", "tests version=1", " test version=1", "",
		"test version=99999999999999999999" };
	char text[256], want[256];
	size_t i;

	for (i = 1; i <= 3; i++) {
		snprintf(text, sizeof(text),
		    "test version=%zu\nhead n=1\nend lines=2\n", i);
		ck_assert_msg(accepts(text), "%s", error);
	}
	for (i = 0; i < COUNT(others); i++) {
		snprintf(text, sizeof(text), "%s\nhead n=1\nend lines=2\n",
		    others[i]);
		snprintf(want, sizeof(want),
		    "unknown version \"%.40s\"; the newest known is 3",
		    others[i]);
		refuse(text, want);
	}
}
END_TEST

START_TEST(a_huge_line_is_refused)
{
	size_t size = 8 << 20, head = strlen("test version=3\n");
	char *text = malloc(size + 1);

	ck_assert_ptr_nonnull(text);
	text[size] = '\0';
	memset(text, 'x', size);
	refuse(text,
	    "unknown version \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "\"; the newest known is 3");
	memcpy(text, "test version=3\n", head);
	refuse(text, "line 2 is invalid");
	memset(text + head, ' ', size - head);
	refuse(text, "line 2 is invalid");
	memset(text + head, '\n', size - head);
	refuse(text, "line 2 is invalid");
	memset(text + head, '\\', size - head);
	memcpy(text + head, "head n=1\nhead n=", 16);
	refuse(text, "line 3 is invalid");
	free(text);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, what_is_read_is_written_again);
	tcase_add_test(tc, what_is_not_there_is_a_dash);
	tcase_add_test(tc, every_byte_of_a_word_and_a_path_is_kept);
	tcase_add_test(tc, odd_names_of_unix_sockets_are_not_kept);
	tcase_add_test(tc, a_full_disk_is_an_error);
	tcase_add_test(tc, each_value_has_its_range);
	tcase_add_test(tc, each_field_is_there_once_and_in_its_place);
	tcase_add_test(tc, a_descriptor_is_named_once);
	tcase_add_test(tc, unknown_lines_are_refused);
	tcase_add_test(tc, the_end_counts_the_lines);
	tcase_add_test(tc, a_cut_is_noticed_at_every_byte);
	tcase_add_test(tc, versions_up_to_ours_are_read);
	tcase_add_test(tc, a_huge_line_is_refused);
}

int
main(void)
{
	return unit_run("record", add);
}
