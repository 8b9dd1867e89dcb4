#include "ctl/export/serve.h"

#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "contain/confine.h"
#include "lib/fds.h"
#include "lib/io.h"

#define REQUEST_TIMEOUT (5 * SECOND) /* for the whole head */
#define ANSWER_TIMEOUT (10 * SECOND)
#define LINGER (2 * SECOND)
#define HEAD_MAX 1024 /* bytes of the answer's */

/* Returns 0, or -1 (reported): then nothing may be read. */
static int
prepare(void)
{
	const struct confinement confinement = { .name = "haildctl",
		.root = CONFINE_NO_FILES };

	tzset(); /* or gmtime_r would read a file */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || fflush(NULL) == EOF) {
		warn("cannot prepare for a client");
		return -1;
	}
	fds_close_others(NULL, 0);
	if (confine(&confinement) == -1 || confine_answering() == -1) {
		warn("cannot give up privileges");
		return -1;
	}
	return 0;
}

/* Returns HTTP_OK, an error, or HTTP_MORE if the client has sent nothing. */
static enum http_status
receive(char buf[HTTP_HEAD_MAX], struct http_request *r)
{
	int64_t deadline = clock_now() + REQUEST_TIMEOUT;
	enum http_status status = HTTP_MORE;
	size_t used = 0;
	ssize_t n;

	*r = (struct http_request) { .method = HTTP_OTHER };
	while (status == HTTP_MORE) {
		if (io_wait(STDIN_FILENO, POLLIN, deadline) <= 0)
			return HTTP_TIMEOUT;
		n = io_read(STDIN_FILENO, buf + used, HTTP_HEAD_MAX - used);
		if (n <= 0)
			return used > 0 && n == 0 ? HTTP_BAD_REQUEST
						  : HTTP_MORE;
		used += (size_t)n;
		status = http_read(buf, used, r);
	}
	return status;
}

static int
put(const char *text, size_t len, int64_t deadline)
{
	ssize_t n;

	while (len > 0) {
		if (io_wait(STDOUT_FILENO, POLLOUT, deadline) <= 0)
			return -1;
		n = io_write_some(STDOUT_FILENO, text, len);
		if (n == -1 && !io_is_temporary(errno))
			return -1;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* The head of the answer, into BUF.  Returns its length. */
static size_t
print_head(const struct page *p, char buf[HEAD_MAX])
{
	char date[64] = "";
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm) != NULL)
		strftime(date, sizeof(date),
		    "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
	return (size_t)snprintf(buf, HEAD_MAX,
	    "HTTP/1.1 %d %s\r\n%s%s%s%sContent-Type: %s\r\n"
	    "Content-Length: %zu\r\nCache-Control: no-store\r\n"
	    "Connection: close\r\n\r\n",
	    (int)p->status, http_reason(p->status), date,
	    p->allow != NULL ? "Allow: " : "", p->allow != NULL ? p->allow : "",
	    p->allow != NULL ? "\r\n" : "",
	    p->type != NULL ? p->type : "text/plain; charset=utf-8", p->len);
}

static int
answer(const struct page *p, bool body)
{
	int64_t deadline = clock_now() + ANSWER_TIMEOUT;
	char head[HEAD_MAX];

	return put(head, print_head(p, head), deadline) == -1 ||
		(body && put(p->text, p->len, deadline) == -1)
	    ? EXIT_FAILURE
	    : EXIT_SUCCESS;
}

int
serve_http(page_fn *choose, void *arg)
{
	char buf[HTTP_HEAD_MAX], error[64];
	struct http_request r;
	struct page page;
	int result;

	if (prepare() == -1)
		return EXIT_FAILURE;
	page = (struct page) { .status = receive(buf, &r) };
	if (page.status == HTTP_MORE)
		return EXIT_SUCCESS;
	if (page.status == HTTP_OK)
		choose(arg, &r, &page);
	if (page.text == NULL) {
		page.text = error;
		page.len = (size_t)snprintf(error, sizeof(error), "%d %s\n",
		    (int)page.status, http_reason(page.status));
	}
	result = answer(&page, r.method != HTTP_HEAD);
	/* What the client may still send must not reset the answer. */
	close(STDIN_FILENO);
	io_close_lingering(STDOUT_FILENO, LINGER);
	return result;
}
