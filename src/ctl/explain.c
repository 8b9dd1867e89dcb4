#include "ctl/explain.h"

#include <string.h>

#include "ctl/format.h"

#define INDENT 2
#define NAME_WIDTH 24

static void
show_fact(const struct answer_fact *f, FILE *out)
{
	const char *name = f->name != NULL ? f->name : "";

	fprintf(out, "%*s", INDENT, "");
	format_put(name, out);
	if (strlen(name) < NAME_WIDTH)
		fprintf(out, "%*s", (int)(NAME_WIDTH - strlen(name)), "");
	fputs("  ", out);
	format_put(f->value != NULL ? f->value : "-", out);
	if (f->where != NULL) {
		fputs("  (", out);
		format_put(f->where, out);
		fputc(')', out);
	}
	fputc('\n', out);
}

void
explain_show(const struct reply *r, FILE *out)
{
	const struct reply_record *at = reply_find(r->first, ANSWER_FACT);
	const char *section, *last = NULL;
	const struct answer_fact *f;

	for (; at != NULL; at = reply_find(at->next, ANSWER_FACT)) {
		f = at->data;
		section = f->section != NULL ? f->section : "";
		if (last == NULL || strcmp(last, section) != 0) {
			format_put(section, out);
			fputs(":\n", out);
		}
		last = section;
		show_fact(f, out);
	}
}
