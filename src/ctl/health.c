#include "ctl/health.h"

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "ctl/client.h"
#include "ctl/serve.h"

bool
health_judge(const struct reply *r, const char **words)
{
	const struct reply_record *found = reply_find(r->first, ANSWER_HAILD);
	const struct answer_haild *haild;

	*words = "haild sent no status";
	if (found == NULL)
		return false;
	haild = found->data;
	*words = haild->state != NULL ? haild->state : "unknown state";
	if (strcmp(*words, "serving") != 0)
		return false;
	*words = "no service in service";
	if (haild->services <= 0)
		return false;
	*words = "ready";
	return true;
}

/* What was asked, and the words for it. */
struct health {
	struct reply reply;
	enum control_status status;
	char error[512];
	const char *words;
	char text[600]; /* for HTTP */
};

static void
ask(struct health *h, const char *path, int64_t timeout)
{
	const struct control_request request = { .version = CONTROL_VERSION,
		.command = CONTROL_STATUS };

	reply_begin(&h->reply);
	h->status = client_ask(path, &request, timeout, reply_take, &h->reply,
	    h->error, sizeof(h->error));
	h->words = h->error;
	if (h->status == CONTROL_OK && !health_judge(&h->reply, &h->words))
		h->status = CONTROL_FAILED;
	else if (h->error[0] != '\0')
		warnx("%s", h->error);
}

int
health_run(const char *path, int64_t timeout)
{
	struct health h;

	ask(&h, path, timeout);
	if (h.error[0] == '\0')
		printf("%s\n", h.words);
	reply_free(&h.reply);
	return (int)h.status;
}

/* For OPTIONS, too, which HAProxy's "option httpchk" sends. */
static void
choose(void *arg, const struct http_request *r, struct page *p)
{
	struct health *h = arg;

	if (r->method == HTTP_OTHER) {
		p->status = HTTP_NOT_ALLOWED;
		p->allow = "GET, HEAD, OPTIONS";
		return;
	}
	p->status = h->status == CONTROL_OK ? HTTP_OK : HTTP_UNAVAILABLE;
	p->text = h->text;
	p->len = (size_t)snprintf(h->text, sizeof(h->text), "%s\n", h->words);
}

int
health_serve(const char *path, int64_t timeout)
{
	struct health h;

	ask(&h, path, timeout);
	return serve_http(choose, &h);
}
