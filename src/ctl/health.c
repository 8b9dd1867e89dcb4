#include "ctl/health.h"

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/client.h"
#include "ctl/export/serve.h"
#include "ctl/json.h"

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
	*words = "all services are out of service";
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
ask(struct health *h, const struct invocation *v)
{
	reply_begin(&h->reply);
	h->status = client_ask(v->socket, &v->request, v->timeout, reply_take,
	    &h->reply, h->error, sizeof(h->error));
	h->words = h->error;
	if (h->status == CONTROL_OK && !health_judge(&h->reply, &h->words))
		h->status = CONTROL_FAILED;
	else if (h->error[0] != '\0')
		warnx("%s", h->error);
	h->reply.status = h->status;
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

enum control_status
health_run(const struct invocation *v)
{
	struct health h;

	ask(&h, v);
	if (v->http)
		_exit(serve_http(choose, &h));
	if (v->json)
		json_print(&h.reply, v->command->kinds, stdout);
	else if (h.error[0] == '\0')
		printf("%s\n", h.words);
	reply_free(&h.reply);
	return h.status;
}
