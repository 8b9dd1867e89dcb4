#include "ctl/plain.h"

void
plain_show(const struct reply *r, FILE *out)
{
	struct record_writer w = { .out = out };
	const struct reply_record *at;

	for (at = r->first; at != NULL; at = at->next)
		if (at->kind != ANSWER_MESSAGE)
			record_write(
			    &w, &answer_format.kinds[at->kind], at->data);
}
