/*
 * fuzz_nailgun.c -- what must hold of frames, whatever comes.
 */

#include "fuzz_nailgun.h"

#include <stdlib.h>
#include <string.h>

/* What came of the bytes: frames, and a sum of all they hold. */
struct outcome {
	enum nailgun_result result;
	size_t frames;
	uint64_t sum;
	char error[NAILGUN_ERROR_MAX];
};

static void
require(int condition)
{
	if (!condition)
		abort();
}

static void
take_piece(struct outcome *o, const struct nailgun_piece *piece,
    size_t *expected, char status[NAILGUN_EXIT_MAX])
{
	size_t i;
	int n;

	if (piece->offset == 0)
		*expected = 0;
	require(piece->offset == *expected);
	require(piece->length <= NAILGUN_PAYLOAD_MAX);
	require(piece->len > 0 || piece->length == 0);
	*expected += piece->len;
	require(piece->last == (*expected == piece->length));
	for (i = 0; i < piece->len; i++)
		o->sum = o->sum * 31 + (uint8_t)piece->data[i];
	if (piece->last) {
		o->sum = o->sum * 31 + (uint64_t)piece->type;
		o->frames++;
	}
	if (piece->type != NAILGUN_EXIT)
		return;
	require(piece->length <= NAILGUN_EXIT_MAX);
	memcpy(status + piece->offset, piece->data, piece->len);
	if (piece->last) {
		n = nailgun_status(status, piece->length);
		require(n >= -1 && n <= 255);
	}
}

static struct outcome
decode(enum nailgun_side sender, const char *data, size_t size, size_t step)
{
	struct outcome o = { .result = NAILGUN_MORE };
	const char *end = data + size, *p;
	char status[NAILGUN_EXIT_MAX];
	struct nailgun_piece piece;
	size_t n, expected = 0;
	struct nailgun d;

	nailgun_init(&d, sender);
	while (data < end && o.result != NAILGUN_WRONG) {
		p = data;
		n = (size_t)(end - data) < step ? (size_t)(end - data) : step;
		data += n;
		while ((o.result = nailgun_decode(&d, &p, &n, &piece)) ==
		    NAILGUN_PIECE) {
			require(piece.data + piece.len == p && p + n == data);
			take_piece(&o, &piece, &expected, status);
		}
		require(o.result == NAILGUN_WRONG || n == 0);
	}
	require((o.result == NAILGUN_WRONG) == (d.error[0] != '\0'));
	memcpy(o.error, d.error, sizeof(o.error));
	return o;
}

void
fuzz_nailgun(enum nailgun_side sender, const uint8_t *data, size_t size)
{
	struct outcome whole, bytes;

	whole = decode(sender, (const char *)data, size, size);
	bytes = decode(sender, (const char *)data, size, 1);
	require(whole.result == bytes.result);
	require(whole.frames == bytes.frames && whole.sum == bytes.sum);
	require(strcmp(whole.error, bytes.error) == 0);
}
