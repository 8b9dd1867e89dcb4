#include "ctl/reply.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

void
reply_begin(struct reply *r)
{
	*r = (struct reply) { .end = &r->first, .status = CONTROL_FAILED };
}

/* The string of a RECORD_WORD field F of RECORD. */
static const char *
get_word(const struct record_field *f, const void *record)
{
	const char *word;

	memcpy(&word, (const char *)record + f->offset, sizeof(word));
	return word;
}

void
reply_take(void *arg, enum answer_kind kind, const void *record)
{
	const struct record_kind *k = &answer_format.kinds[kind];
	struct reply *r = arg;
	struct reply_record *copy;
	size_t i, len, size = k->size;
	const char *word;
	char *at;

	for (i = 0; i < k->nfields; i++)
		if (k->fields[i].type == RECORD_WORD &&
		    (word = get_word(&k->fields[i], record)) != NULL)
			size += strlen(word) + 1;
	copy = malloc(sizeof(*copy) + size);
	if (copy == NULL)
		err(CONTROL_FAILED, "cannot store the answer");
	*copy = (struct reply_record) { NULL, kind, copy + 1 };
	memcpy(copy->data, record, k->size);
	at = (char *)copy->data + k->size;
	for (i = 0; i < k->nfields; i++) {
		if (k->fields[i].type != RECORD_WORD ||
		    (word = get_word(&k->fields[i], record)) == NULL)
			continue;
		len = strlen(word) + 1;
		memcpy(
		    (char *)copy->data + k->fields[i].offset, &at, sizeof(at));
		memcpy(at, word, len);
		at += len;
	}
	*r->end = copy;
	r->end = &copy->next;
}

void
reply_add_message(struct reply *r, const char *text)
{
	const struct answer_message message = { text };

	reply_take(r, ANSWER_MESSAGE, &message);
}

const struct reply_record *
reply_find(const struct reply_record *r, enum answer_kind kind)
{
	while (r != NULL && r->kind != kind)
		r = r->next;
	return r;
}

const char *
reply_text(const struct reply_record *r)
{
	const struct answer_message *m = r->data;

	return m->text != NULL ? m->text : "";
}

void
reply_free(struct reply *r)
{
	struct reply_record *next;

	for (; r->first != NULL; r->first = next) {
		next = r->first->next;
		free(r->first);
	}
}
