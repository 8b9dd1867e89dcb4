/*
 * fuzz_http.c -- requests that a client of "haildctl metrics --http" may send.
 */

#include "fuzz.h"

#include <string.h>

#include "ctl/export/http.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = size < HTTP_HEAD_MAX ? size : HTTP_HEAD_MAX, i;
	char *copy = malloc(len + (len == 0));
	enum http_status status, before = HTTP_MORE;
	struct http_request r;

	MUST(copy != NULL);
	memcpy(copy, data, len);
	status = http_read(copy, len, &r);
	MUST(status == HTTP_MORE || http_reason(status)[0] != '\0');
	MUST(status != HTTP_MORE || len < HTTP_HEAD_MAX);
	MUST(r.method <= HTTP_OTHER);
	if (status == HTTP_OK)
		MUST(r.path >= copy && r.path_len > 0 &&
		    r.path + r.path_len <= copy + len);
	/* In pieces, it is the same: what was decided stays. */
	for (i = 0; i < len && before == HTTP_MORE; i++)
		before = http_read(copy, i, &r);
	MUST(before == HTTP_MORE || before == status);
	free(copy);
	return 0;
}
