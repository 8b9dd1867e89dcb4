/*
 * http.h -- read the head of an HTTP request (RFC 9110, RFC 9112).  Pure.
 *
 * For a server that answers one GET and closes the connection: no body is read,
 * and of all header fields only Host and Accept matter.
 */

#ifndef CTL_EXPORT_HTTP_H
#define CTL_EXPORT_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_HEAD_MAX 8192 /* bytes of a request up to its empty line */

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_OPTIONS, HTTP_OTHER };

struct http_request {
	enum http_method method;
	const char *path; /* in the request; without a query */
	size_t path_len;
	bool openmetrics; /* preferred to plain text, by Accept */
};

enum http_status {
	HTTP_MORE = 0, /* the head is not complete */
	HTTP_OK = 200,
	HTTP_BAD_REQUEST = 400,
	HTTP_NOT_FOUND = 404,
	HTTP_NOT_ALLOWED = 405,
	HTTP_TIMEOUT = 408,
	HTTP_TOO_LARGE = 431,
	HTTP_UNAVAILABLE = 503,
	HTTP_BAD_VERSION = 505,
};

/*
 * Read the LEN bytes at BUF, all that the client has sent so far.  Returns
 * HTTP_OK; HTTP_MORE; or HTTP_BAD_REQUEST, HTTP_TOO_LARGE or HTTP_BAD_VERSION,
 * as early as that is certain.  R is set with HTTP_OK; with an error only its
 * method, if it was read (else HTTP_OTHER).
 */
enum http_status http_read(const char *buf, size_t len, struct http_request *r);

bool http_path_is(const struct http_request *r, const char *path);

/* "Not Found". */
const char *http_reason(enum http_status status);

#endif
