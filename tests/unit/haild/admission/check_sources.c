/*
 * check_sources.c -- the table of sources: counted, forgotten, pushed out.
 */

#include "tests/unit/unit.h"

#include <sys/mman.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "haild/admission/sources.h"

#define NOW (1000 * SECOND)

static struct sources table;

static void
enter(void)
{
	ck_assert_int_eq(sources_create(&table), 0);
}

/* The I-th source of service SERVICE. */
static struct source
nth(uint64_t service, uint32_t i)
{
	struct addr a = { .in = { .sin_family = AF_INET } };
	struct source source;

	a.in.sin_addr.s_addr = htonl(0x0a000000 + i);
	source_make(&source, service, &a, 0, 32, 64);
	return source;
}

static uint32_t
live(uint64_t service, uint32_t i)
{
	const struct source source = nth(service, i);
	int64_t full_at;

	return sources_live(&table, &source, NULL, NOW, &full_at);
}

static int64_t
full_at(uint64_t service, uint32_t i)
{
	const struct source source = nth(service, i);
	int64_t at;

	sources_live(&table, &source, NULL, NOW, &at);
	return at;
}

static uint32_t
come(uint64_t service, uint32_t i, int64_t full, int64_t now)
{
	const struct source source = nth(service, i);

	return sources_enter(&table, &source, full, now);
}

/* One that has been here, and left a bucket that is not full. */
static void
visit(uint64_t service, uint32_t i, int64_t full)
{
	uint32_t number = come(service, i, full, NOW);

	ck_assert_uint_ne(number, 0);
	sources_leave(&table, number, NOW);
}

/* Each parent in the heap is full no later than its children. */
static void
check_heap(void)
{
	uint32_t i;

	for (i = 1; i <= table.idle; i++) {
		const struct entry *e = &table.entries[table.heap[i]];

		ck_assert_uint_eq(e->place, i);
		ck_assert_uint_eq(e->live, 0);
		if (i > 1)
			ck_assert_int_le(
			    table.entries[table.heap[i / 2]].full_at,
			    e->full_at);
	}
}

START_TEST(sessions_are_counted)
{
	uint32_t a = come(1, 1, 0, NOW), b = come(1, 1, 0, NOW);
	uint32_t other = come(2, 1, 0, NOW);

	ck_assert_uint_ne(a, 0);
	ck_assert_uint_eq(a, b);
	ck_assert_uint_ne(a, other);
	ck_assert_uint_eq(live(1, 1), 2);
	ck_assert_uint_eq(live(2, 1), 1);
	ck_assert_uint_eq(live(1, 2), 0);
	sources_leave(&table, a, NOW);
	ck_assert_uint_eq(live(1, 1), 1);
	sources_leave(&table, a, NOW);
	sources_leave(&table, other, NOW);
	sources_leave(&table, 0, NOW); /* nothing was counted */
	ck_assert_uint_eq(table.count, 0);
}
END_TEST

START_TEST(a_source_at_rest_is_removed)
{
	uint32_t number;

	visit(1, 1, NOW); /* full by now */
	ck_assert_uint_eq(table.count, 0);
	visit(1, 2, NOW + SECOND);
	visit(1, 3, NOW + 2 * SECOND);
	ck_assert_int_eq(full_at(1, 2), NOW + SECOND);
	ck_assert_uint_eq(table.count, 2);
	/* The next arrival or departure removes them. */
	number = come(1, 4, 0, NOW + SECOND);
	ck_assert_uint_eq(table.count, 2);
	ck_assert_int_eq(full_at(1, 2), 0);
	ck_assert_int_eq(full_at(1, 3), NOW + 2 * SECOND);
	sources_leave(&table, number, NOW + 2 * SECOND);
	ck_assert_uint_eq(table.count, 0);
}
END_TEST

START_TEST(an_empty_table_gives_its_pages_back)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char here;
	uint32_t i;

	for (i = 0; i < 1000; i++)
		visit(1, i, NOW + SECOND);
	ck_assert_int_eq(sources_expire(&table, NOW), NOW + SECOND);
	ck_assert_int_eq(
	    sources_expire(&table, NOW + SECOND), NOW + 2 * SECOND);
	ck_assert_uint_eq(table.count, 0);
	ck_assert_int_eq(mincore(table.entries, page, &here), 0);
	ck_assert_int_eq(here & 1, 1);
	ck_assert_int_eq(sources_expire(&table, NOW + 2 * SECOND), -1);
	ck_assert_int_eq(mincore(table.entries, page, &here), 0);
	ck_assert_int_eq(here & 1, 0);
	ck_assert_int_eq(mincore(table.heap, page, &here), 0);
	ck_assert_int_eq(here & 1, 0);
	/* Those who come later are counted from the beginning. */
	ck_assert_uint_eq(come(1, 5, 0, NOW), 1);
	ck_assert_uint_eq(live(1, 5), 1);
	ck_assert_uint_eq(live(1, 6), 0);
	sources_leave(&table, 1, NOW);
}
END_TEST

START_TEST(a_bucket_outlives_its_sessions)
{
	uint32_t number;

	visit(1, 1, NOW + 5 * SECOND);
	number = come(1, 1, NOW + 6 * SECOND, NOW);
	ck_assert_uint_eq(table.count, 1);
	ck_assert_uint_eq(table.idle, 0);
	ck_assert_int_eq(full_at(1, 1), NOW + 6 * SECOND);
	/* however long it stays, and then it goes at once */
	sources_leave(&table, number, NOW + 60 * SECOND);
	ck_assert_uint_eq(table.count, 0);
}
END_TEST

START_TEST(time_forgets_too)
{
	ck_assert_int_eq(sources_expire(&table, 0), -1);
	visit(1, 1, NOW + SECOND / 2);
	visit(1, 2, NOW + 3 * SECOND / 4);
	visit(1, 3, NOW + 9 * SECOND);
	ck_assert_int_eq(sources_expire(&table, 0), NOW + SECOND / 2);
	sources_expire(&table, NOW + SECOND / 2 - 1);
	ck_assert_uint_eq(table.count, 3);
	sources_expire(&table, NOW + SECOND / 2);
	ck_assert_uint_eq(table.count, 2);
	/* at most once a second */
	ck_assert_int_eq(sources_expire(&table, 0), NOW + 3 * SECOND / 2);
	sources_expire(&table, NOW + SECOND);
	ck_assert_uint_eq(table.count, 2);
	sources_expire(&table, NOW + 3 * SECOND / 2);
	ck_assert_uint_eq(table.count, 1);
	ck_assert_int_eq(sources_expire(&table, 0), NOW + 9 * SECOND);
}
END_TEST

/* A reload made the rate a higher one: it is the first to go now. */
START_TEST(a_bucket_is_bound_by_its_rate)
{
	const struct rate fast = { 1, SECOND, 2 };
	const struct source source = nth(1, 2);
	int64_t at;

	visit(1, 1, NOW + 10 * SECOND);
	visit(1, 2, NOW + 3600 * SECOND);
	sources_live(&table, &source, &fast, NOW, &at);
	ck_assert_int_eq(at, NOW + 2 * SECOND);
	ck_assert_int_eq(full_at(1, 2), NOW + 2 * SECOND);
	come(1, 3, 0, NOW + 2 * SECOND);
	ck_assert_int_eq(full_at(1, 2), 0);
	ck_assert_int_eq(full_at(1, 1), NOW + 10 * SECOND);
}
END_TEST

/*
 * In the heap 1; 100, 10; 110, 120, 20, 30 the last, 30, takes the place of
 * 110: below 100, from where it must go up.
 */
START_TEST(the_heap_stays_in_order_when_one_leaves_it)
{
	static const int full[] = { 1, 100, 10, 110, 120, 20, 30 };
	uint32_t i;

	for (i = 0; i < COUNT(full); i++)
		visit(1, i, NOW + full[i] * SECOND);
	ck_assert_uint_eq(
	    table.entries[table.heap[4]].full_at, NOW + 110 * SECOND);
	come(1, 3, 0, NOW);
	ck_assert_uint_eq(
	    table.entries[table.heap[2]].full_at, NOW + 30 * SECOND);
	check_heap();
}
END_TEST

START_TEST(the_fullest_is_pushed_out_first)
{
	uint32_t i;

	/* in no order: each I once, since 7919 is prime */
	for (i = 0; i < SOURCES_MAX; i++) {
		uint32_t j = (uint32_t)((uint64_t)i * 7919 % SOURCES_MAX);

		visit(1, j, NOW + SECOND + j);
	}
	ck_assert_uint_eq(table.count, SOURCES_MAX);
	for (i = 0; i < 1000; i++) {
		ck_assert_int_eq(full_at(1, i), NOW + SECOND + i);
		visit(2, i, NOW + 3600 * SECOND);
		ck_assert_int_eq(full_at(1, i), 0);
	}
	ck_assert_uint_eq(table.count, SOURCES_MAX);
	ck_assert_int_eq(full_at(1, 1000), NOW + SECOND + 1000);
	/* all at rest at once: all go */
	ck_assert_uint_ne(come(3, 1, 0, NOW + 7200 * SECOND), 0);
	ck_assert_uint_eq(table.count, 1);
}
END_TEST

START_TEST(one_with_sessions_is_never_pushed_out)
{
	static uint32_t numbers[SOURCES_MAX];
	uint32_t i;

	/* full buckets, too: sessions are what counts */
	for (i = 0; i < SOURCES_MAX; i++) {
		numbers[i] = come(1, i, 0, NOW);
		ck_assert_uint_ne(numbers[i], 0);
	}
	ck_assert_uint_eq(come(2, 1, 0, NOW), 0);
	ck_assert_uint_eq(come(1, 77, 0, NOW), numbers[77]);
	sources_leave(&table, numbers[77], NOW);
	/* a bucket that is handed over has no room either */
	{
		const struct source source = nth(2, 2);

		sources_restore(&table, &source, NOW + SECOND, NOW);
		ck_assert_int_eq(full_at(2, 2), 0);
	}
	sources_leave(&table, numbers[5], NOW);
	ck_assert_uint_ne(come(2, 1, 0, NOW), 0);
	ck_assert_uint_eq(come(2, 2, 0, NOW), 0);
	for (i = 0; i < SOURCES_MAX; i++)
		ck_assert_uint_eq(live(1, i), i != 5);
}
END_TEST

/* Against counters in an array, with a fixed seed. */
START_TEST(nothing_is_lost_in_the_long_run)
{
	enum { N = 500, STEPS = 50000 };
	static uint32_t want[N], numbers[N];
	uint32_t i, sum = 0;
	int64_t now = NOW;
	int step;

	srandom(1);
	for (step = 0; step < STEPS; step++) {
		i = (uint32_t)random() % N;
		now += random() % SECOND;
		if (random() % 2 == 0 && want[i] < 5) {
			numbers[i] =
			    come(1, i, now + random() % (9 * SECOND), now);
			ck_assert_uint_ne(numbers[i], 0);
			want[i]++;
		} else if (want[i] > 0) {
			sources_leave(&table, numbers[i], now);
			want[i]--;
		}
		ck_assert_uint_eq(live(1, i), want[i]);
		if (step % 16 == 0)
			check_heap();
	}
	for (i = 0; i < N; i++) {
		sum += want[i];
		for (; want[i] > 0; want[i]--)
			sources_leave(&table, numbers[i], now);
	}
	ck_assert_uint_gt(sum, 0);
	ck_assert_uint_eq(table.count, table.idle);
	visit(2, 1, now + 3600 * SECOND);
	sources_leave(
	    &table, come(2, 2, 0, now + 10 * SECOND), now + 10 * SECOND);
	ck_assert_uint_eq(table.count, 1);
	ck_assert_uint_le(table.used, N + 2);
}
END_TEST

/* The longest chain of 65536 neighbours, as a stranger would choose them. */
START_TEST(sources_are_spread)
{
	uint32_t i, n, length, longest = 0;

	for (i = 0; i < SOURCES_MAX; i++)
		come(1, i, 0, NOW);
	for (i = 0; i < 2 * SOURCES_MAX; i++) {
		length = 0;
		for (n = table.chains[i]; n != 0; n = table.entries[n].next)
			length++;
		if (length > longest)
			longest = length;
	}
	/* of a random one 7 or 8 would be expected */
	ck_assert_uint_le(longest, 16);
}
END_TEST

START_TEST(each_table_has_its_own_key)
{
	struct sources another;

	ck_assert_int_eq(sources_create(&another), 0);
	ck_assert_int_ne(memcmp(another.key, table.key, sizeof(*table.key)), 0);
	ck_assert_uint_ne(
	    sources_service(&table, "x"), sources_service(&table, "y"));
	ck_assert_uint_eq(
	    sources_service(&table, "x"), sources_service(&table, "x"));
	ck_assert_uint_ne(sources_service(&table, "x"), 0);
}
END_TEST

/* The chain of the I-th source. */
static size_t
chain_of(const struct sources *all, uint32_t i)
{
	size_t n;

	for (n = 0; n < (size_t)2 * SOURCES_MAX; n++)
		if (all->chains[n] == i + 1)
			return n;
	ck_abort_msg("source %u is in no chain", i);
}

/* The chains of one daemon tell nothing about another's. */
START_TEST(chains_depend_on_the_key)
{
	struct sources another;
	uint32_t i, same = 0;

	ck_assert_int_eq(sources_create(&another), 0);
	for (i = 0; i < 16; i++) {
		const struct source source = nth(1, i);

		sources_enter(&table, &source, 0, NOW);
		sources_enter(&another, &source, 0, NOW);
	}
	for (i = 0; i < 16; i++)
		same += chain_of(&table, i) == chain_of(&another, i);
	ck_assert_uint_lt(same, 4);
}
END_TEST

static bool
is_mapped(void *p)
{
	unsigned char in;

	p = (void *)((uintptr_t)p & ~(uintptr_t)(getpagesize() - 1));
	return mincore(p, 1, &in) == 0 || errno != ENOMEM;
}

START_TEST(it_is_not_there_in_a_child)
{
	pid_t pid;

	come(1, 1, 0, NOW);
	ck_assert(is_mapped(table.entries));
	if ((pid = fork()) == 0)
		_exit(is_mapped(table.entries) || is_mapped(table.chains) ||
		    is_mapped(table.heap) || is_mapped(table.key));
	ck_assert_int_eq(unit_wait(pid), 0);
}
END_TEST

START_TEST(sources_are_read_and_written)
{
	static const char *const texts[] = { "192.0.2.1", "192.0.2.0/24",
		"2001:db8::/64", "fe80::/64", "fe80::/64%3",
		"fe80::1%4294967295", "::/0%1", "uid:0", "uid:4294967295",
		"identity:0123456789abcdef0123456789abcdef" };
	static const char *const bad[] = { "", "uid:", "uid:-1", "uid:x",
		"uid:4294967296", "1000", "192.0.2.1/24", "localhost",
		"fe80::/64%", "fe80::/64%0", "fe80::/64%4294967296",
		"fe80::/64%lo", "fe80::%1/64", "%1",
		"identity:", "identity:0123456789abcdef0123456789abcde",
		"identity:0123456789abcdef0123456789abcdef0",
		"identity:0123456789abcdef0123456789abcdeF",
		"identity:0123456789abcdef0123456789abcdeg",
		"identity:0123456789abcdef0123456789abcde%1" };
	struct source source = { 0 };
	char text[SOURCE_TEXT_MAX];
	struct addr path;
	size_t i;

	for (i = 0; i < COUNT(texts); i++) {
		ck_assert_int_eq(source_parse(&source, texts[i]), 0);
		ck_assert_str_eq(
		    source_print(&source, text, sizeof(text)), texts[i]);
	}
	for (i = 0; i < COUNT(bad); i++)
		ck_assert_int_eq(source_parse(&source, bad[i]), -1);
	addr_from_path(&path, "");
	source_make(&source, 1, &path, 1000, 32, 64);
	ck_assert_str_eq(source_print(&source, text, sizeof(text)), "uid:1000");
}
END_TEST

/* Its hash is in the state that an upgrade hands over: it never changes. */
START_TEST(an_identity_is_a_source)
{
	static const char *const names[] = { "a", "b", "web1.example.org",
		"web2.example.org", "uri:spiffe://a/b", "ops@example.org" };
	struct source sources[COUNT(names)], again;
	char text[SOURCE_TEXT_MAX];
	int64_t full_at;
	size_t i, j;

	for (i = 0; i < COUNT(names); i++) {
		source_make_identity(&sources[i], 1, names[i]);
		ck_assert_uint_ne(
		    sources_enter(&table, &sources[i], 0, NOW), 0);
		for (j = 0; j <= i; j++)
			ck_assert_uint_eq(sources_live(&table, &sources[j],
					      NULL, NOW, &full_at),
			    1);
	}
	again = (struct source) { .service = 1 };
	source_print(&sources[2], text, sizeof(text));
	ck_assert_str_eq(text, "identity:84f5bd3fa41d449cd91ec910c85d7b50");
	ck_assert_int_eq(source_parse(&again, text), 0);
	ck_assert_uint_eq(sources_live(&table, &again, NULL, NOW, &full_at), 1);
	/* of another service */
	source_make_identity(&again, 3, names[2]);
	ck_assert_uint_eq(sources_live(&table, &again, NULL, NOW, &full_at), 0);
}
END_TEST

START_TEST(a_token_is_put_back)
{
	const struct rate rate = { 1, SECOND, 5 };
	struct source source;
	int64_t full_at;
	uint32_t number;

	source_make_identity(&source, 1, "web1");
	number = sources_enter(&table, &source, NOW + 2 * SECOND, NOW);
	sources_return_token(&table, number, &rate);
	sources_live(&table, &source, NULL, NOW, &full_at);
	ck_assert_int_eq(full_at, NOW + SECOND);
	sources_return_token(&table, 0, &rate);
	ck_assert_int_eq(table.entries[0].full_at, 0);
}
END_TEST

/* The same link-local address on two links is two hosts (RFC 4007). */
START_TEST(a_link_local_source_has_a_scope)
{
	struct source one, two, other;
	char text[SOURCE_TEXT_MAX];
	struct addr a, global;
	int64_t full_at;

	addr_from_numeric(&a, "fe80::1", 4411);
	a.in6.sin6_scope_id = 2;
	source_make(&one, 1, &a, 0, 32, 64);
	a.in6.sin6_scope_id = 3;
	source_make(&two, 1, &a, 0, 32, 64);
	ck_assert_uint_ne(sources_enter(&table, &one, 0, NOW), 0);
	ck_assert_uint_eq(sources_live(&table, &one, NULL, NOW, &full_at), 1);
	ck_assert_uint_eq(sources_live(&table, &two, NULL, NOW, &full_at), 0);
	/* an upgrade keeps it */
	other = (struct source) { .service = 1 };
	ck_assert_str_eq(source_print(&two, text, sizeof(text)), "fe80::/64%3");
	ck_assert_int_eq(source_parse(&other, text), 0);
	ck_assert_uint_ne(sources_enter(&table, &two, 0, NOW), 0);
	ck_assert_uint_eq(sources_live(&table, &other, NULL, NOW, &full_at), 1);
	/* no other address has one */
	addr_from_numeric(&global, "2001:db8::1", 4411);
	global.in6.sin6_scope_id = 3;
	source_make(&one, 1, &global, 0, 32, 64);
	ck_assert_uint_eq(one.scope, 0);
}
END_TEST

START_TEST(buckets_are_handed_over)
{
	struct source one = nth(1, 1), two = nth(1, 2);
	const struct entry *e;
	uint32_t at = 0;

	sources_restore(&table, &one, NOW + SECOND, NOW);
	sources_restore(&table, &one, NOW + 9 * SECOND, NOW); /* known */
	sources_restore(&table, &two, NOW, NOW);	      /* full */
	ck_assert_uint_eq(table.count, 1);
	ck_assert_int_eq(full_at(1, 1), NOW + SECOND);
	come(1, 3, 0, NOW);
	ck_assert_int_eq(sources_next(&table, &at)->full_at, NOW + SECOND);
	e = sources_next(&table, &at);
	ck_assert_uint_eq(e->live, 1);
	ck_assert_ptr_null(sources_next(&table, &at));
	/* those that are free are none */
	come(1, 4, 0, NOW + SECOND);
	at = 0;
	ck_assert_uint_eq(sources_next(&table, &at)->live, 1);
	ck_assert_uint_eq(sources_next(&table, &at)->live, 1);
	ck_assert_ptr_null(sources_next(&table, &at));
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, NULL);
	tcase_add_test(tc, sessions_are_counted);
	tcase_add_test(tc, a_source_at_rest_is_removed);
	tcase_add_test(tc, a_bucket_outlives_its_sessions);
	tcase_add_test(tc, an_empty_table_gives_its_pages_back);
	tcase_add_test(tc, time_forgets_too);
	tcase_add_test(tc, a_bucket_is_bound_by_its_rate);
	tcase_add_test(tc, the_heap_stays_in_order_when_one_leaves_it);
	tcase_add_test(tc, the_fullest_is_pushed_out_first);
	tcase_add_test(tc, one_with_sessions_is_never_pushed_out);
	tcase_add_test(tc, nothing_is_lost_in_the_long_run);
	tcase_add_test(tc, sources_are_spread);
	tcase_add_test(tc, each_table_has_its_own_key);
	tcase_add_test(tc, chains_depend_on_the_key);
	tcase_add_test(tc, it_is_not_there_in_a_child);
	tcase_add_test(tc, sources_are_read_and_written);
	tcase_add_test(tc, an_identity_is_a_source);
	tcase_add_test(tc, a_token_is_put_back);
	tcase_add_test(tc, a_link_local_source_has_a_scope);
	tcase_add_test(tc, buckets_are_handed_over);
}

int
main(void)
{
	return unit_run("sources", add);
}
