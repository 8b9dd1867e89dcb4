/*
 * fuzz_nailgun.h -- what must hold of frames, whatever comes: for the targets
 * of either side.
 */

#ifndef FUZZ_NAILGUN_H
#define FUZZ_NAILGUN_H

#include "fuzz.h"

#include <string.h>

#include "lib/nailgun.h"
#include "lib/outcome.h"

/* What came of the bytes: frames, and a sum of all they hold. */
struct result {
	enum nailgun_result result;
	size_t frames;
	uint64_t sum;
	char error[NAILGUN_ERROR_MAX];
};

static void
take_piece(struct result *o, const struct nailgun_piece *piece,
    size_t *expected, char status[NAILGUN_EXIT_MAX])
{
	size_t i;
	int n;

	MUST(piece->type != NAILGUN_VERDICT ||
	    piece->length <= NAILGUN_VERDICT_MAX);
	if (piece->offset == 0)
		*expected = 0;
	MUST(piece->offset == *expected);
	MUST(piece->length <= NAILGUN_PAYLOAD_MAX);
	MUST(piece->len > 0 || piece->length == 0);
	*expected += piece->len;
	MUST(piece->last == (*expected == piece->length));
	for (i = 0; i < piece->len; i++)
		o->sum = o->sum * 31 + (uint8_t)piece->data[i];
	if (piece->last) {
		o->sum = o->sum * 31 + (uint64_t)piece->type;
		o->frames++;
	}
	if (piece->type != NAILGUN_EXIT)
		return;
	MUST(piece->length <= NAILGUN_EXIT_MAX);
	memcpy(status + piece->offset, piece->data, piece->len);
	if (piece->last) {
		n = nailgun_status(status, piece->length);
		MUST(n >= -1 && n <= 255);
	}
}

static struct result
decode(enum nailgun_side sender, bool extended, const char *data, size_t size,
    size_t step)
{
	struct result o = { .result = NAILGUN_MORE };
	const char *end = data + size, *p;
	char status[NAILGUN_EXIT_MAX];
	struct nailgun_piece piece;
	size_t n, expected = 0;
	struct nailgun d;

	nailgun_init(&d, sender);
	d.extended = extended;
	while (data < end && o.result != NAILGUN_WRONG) {
		p = data;
		n = (size_t)(end - data) < step ? (size_t)(end - data) : step;
		data += n;
		while ((o.result = nailgun_decode(&d, &p, &n, &piece)) ==
		    NAILGUN_PIECE) {
			MUST(piece.data + piece.len == p && p + n == data);
			take_piece(&o, &piece, &expected, status);
		}
		MUST(o.result == NAILGUN_WRONG || n == 0);
	}
	MUST((o.result == NAILGUN_WRONG) == (d.error[0] != '\0'));
	memcpy(o.error, d.error, sizeof(o.error));
	return o;
}

/*
 * Decode what SENDER sends, all at once and byte by byte.  Both must end alike,
 * after the same frames; what is handed out must lie in what came, and be in
 * order and within the limits.
 */
static struct result
fuzz_once(
    enum nailgun_side sender, bool extended, const char *data, size_t size)
{
	struct result whole, bytes;

	whole = decode(sender, extended, data, size, size);
	bytes = decode(sender, extended, data, size, 1);
	MUST(whole.result == bytes.result);
	MUST(whole.frames == bytes.frames && whole.sum == bytes.sum);
	MUST(strcmp(whole.error, bytes.error) == 0);
	return whole;
}

/*
 * The same with and without the extended protocol, which refuses less; and the
 * bytes as a verdict.
 */
static void
fuzz_nailgun(enum nailgun_side sender, const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	char words[OUTCOME_TEXT_MAX];
	struct result strict, more;
	struct outcome o;

	strict = fuzz_once(sender, false, text, size);
	more = fuzz_once(sender, true, text, size);
	MUST(more.frames >= strict.frames);
	MUST(strict.result == NAILGUN_WRONG || more.result == strict.result);
	if (size > 0 && outcome_parse(&o, words, text, size)) {
		MUST(o.kind == OUTCOME_NONE || outcome_is_valid(&o));
		MUST(strlen(words) < sizeof(words));
	}
}

#endif
