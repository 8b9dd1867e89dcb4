#include "ctl/json.h"

#include <inttypes.h>
#include <string.h>

void
json_print_string(const char *text, FILE *out)
{
	fputc('"', out);
	for (; *text != '\0'; text++)
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if (*text < ' ' || *text > '~')
			fprintf(
			    out, "\\u%04x", (unsigned int)(unsigned char)*text);
		else
			fputc(*text, out);
	fputc('"', out);
}

static void
print_name(const char *name, const char *end, FILE *out)
{
	fputc('"', out);
	for (; *name != '\0'; name++)
		fputc(*name == '-' ? '_' : *name, out);
	fprintf(out, "%s\":", end);
}

static void
print_value(const struct record_field *f, const void *record, FILE *out)
{
	const char *at = (const char *)record + f->offset, *word;
	int64_t n;

	if (f->type == RECORD_WORD) {
		memcpy(&word, at, sizeof(word));
		if (word == NULL)
			fputs("null", out);
		else
			json_print_string(word, out);
		return;
	}
	if (f->type == RECORD_NUMBER) { /* all of them are flags (answer.c) */
		fputs(*at != 0 ? "true" : "false", out);
		return;
	}
	memcpy(&n, at, sizeof(n));
	if (n < 0)
		fputs("null", out);
	else
		fprintf(out, "%" PRId64, n);
}

static void
print_object(enum answer_kind kind, const void *record, FILE *out)
{
	const struct record_kind *k = &answer_format.kinds[kind];
	size_t i;

	fputc('{', out);
	for (i = 0; i < k->nfields; i++) {
		if (i > 0)
			fputc(',', out);
		print_name(k->fields[i].name, "", out);
		print_value(&k->fields[i], record, out);
	}
	fputc('}', out);
}

static void
print_one(const struct reply *r, enum answer_kind kind, FILE *out)
{
	const struct reply_record *at = reply_find(r->first, kind);

	print_name(answer_format.kinds[kind].name, "", out);
	if (at == NULL)
		fputs("null", out);
	else
		print_object(kind, at->data, out);
}

static void
print_all(const struct reply *r, enum answer_kind kind, FILE *out)
{
	const struct reply_record *at = reply_find(r->first, kind);

	print_name(answer_format.kinds[kind].name, "s", out);
	fputc('[', out);
	while (at != NULL) {
		print_object(kind, at->data, out);
		if ((at = reply_find(at->next, kind)) != NULL)
			fputs(",\n", out);
	}
	fputc(']', out);
}

void
json_print(const struct reply *r, unsigned int kinds, FILE *out)
{
	const struct answer_result result = { r->status };
	enum answer_kind kind;

	kinds |= JSON_KIND(ANSWER_MESSAGE);
	fputc('{', out);
	for (kind = 0; kind < ANSWER_RESULT; kind++) {
		if (!(kinds & JSON_KIND(kind)))
			continue;
		if (kind == ANSWER_HAILD || kind == ANSWER_DAEMON)
			print_one(r, kind, out);
		else
			print_all(r, kind, out);
		fputs(",\n", out);
	}
	print_name(answer_format.kinds[ANSWER_RESULT].name, "", out);
	print_object(ANSWER_RESULT, &result, out);
	fputs("}\n", out);
}
