/*
 * serve.h -- answer one HTTP request on standard input and output.
 */

#ifndef CTL_EXPORT_SERVE_H
#define CTL_EXPORT_SERVE_H

#include <stddef.h>

#include "ctl/export/http.h"

/* What a request is answered with. */
struct page {
	enum http_status status;
	const char *type;  /* a media type; NULL: plain text */
	const char *allow; /* methods, for HTTP_NOT_ALLOWED; or NULL */
	const char *text;
	size_t len;
};

/* Choose the page for R. */
typedef void page_fn(void *arg, const struct http_request *r, struct page *p);

/*
 * Give up privileges, files and system calls, read one request, and answer it
 * with the page that CHOOSE sets, or with an error.  All that needs files or
 * sockets must have been done before.  Returns the status to exit with: 0 if
 * the client has got an answer, or has sent nothing.
 */
int serve_http(page_fn *choose, void *arg);

#endif
