#include "ctl/top_columns.h"

#include <stdint.h>
#include <string.h>

static int
compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
compare_words(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

static int
by_id(const struct answer_session *a, const struct answer_session *b)
{
	return compare_numbers(a->id, b->id);
}

static int
by_service(const struct answer_session *a, const struct answer_session *b)
{
	return compare_words(a->service, b->service);
}

static int
by_client(const struct answer_session *a, const struct answer_session *b)
{
	return compare_words(a->client, b->client);
}

static int
by_user(const struct answer_session *a, const struct answer_session *b)
{
	return compare_words(a->user, b->user);
}

/* The oldest first. */
static int
by_age(const struct answer_session *a, const struct answer_session *b)
{
	return compare_numbers(b->age, a->age);
}

/* The bytes in both directions; unsigned, since the sum may be too large. */
static uint64_t
get_bytes(const struct answer_session *s)
{
	return (s->bytes_in > 0 ? (uint64_t)s->bytes_in : 0) +
	    (s->bytes_out > 0 ? (uint64_t)s->bytes_out : 0);
}

/* The most first. */
static int
by_bytes(const struct answer_session *a, const struct answer_session *b)
{
	uint64_t x = get_bytes(a), y = get_bytes(b);

	return (y > x) - (y < x);
}

const struct top_column top_columns[TOP_COLUMNS] = {
	{ 'a', "age", by_age },
	{ 'b', "bytes", by_bytes },
	{ 'c', "client", by_client },
	{ 'i', "id", by_id },
	{ 's', "service", by_service },
	{ 'u', "user", by_user },
};
