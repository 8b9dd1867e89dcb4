#include "ctl/metrics.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/client.h"
#include "ctl/families.h"
#include "ctl/json.h"
#include "ctl/export/openmetrics.h"
#include "ctl/export/serve.h"

/* The answer of haild, and the page for the HTTP client. */
struct metrics {
	struct reply reply;
	enum control_status status;
	char error[512];
	char *text;
};

/* The first message of the daemon, where client_ask has no sentence. */
static void
take_message(struct metrics *m)
{
	const struct reply_record *r =
	    reply_find(m->reply.first, ANSWER_MESSAGE);
	const struct answer_message *message;

	if (r == NULL || m->error[0] != '\0')
		return;
	message = r->data;
	snprintf(m->error, sizeof(m->error), "%s",
	    message->text != NULL ? message->text : "");
}

static void
ask(struct metrics *m, const struct invocation *v)
{
	reply_begin(&m->reply);
	m->status = client_ask(v->socket, &v->request, v->timeout, reply_take,
	    &m->reply, m->error, sizeof(m->error));
	m->reply.status = m->status;
	if (m->status == CONTROL_OK)
		return;
	take_message(m);
	if (m->error[0] == '\0')
		strlcpy(m->error, "haild sent no metrics", sizeof(m->error));
	warnx("%s", m->error);
}

static void
choose_metrics(struct metrics *m, bool openmetrics, struct page *p)
{
	FILE *out = open_memstream(&m->text, &p->len);

	p->status = HTTP_UNAVAILABLE;
	if (out == NULL)
		return;
	families_print(&m->reply, openmetrics, out);
	if (fclose(out) == EOF)
		return;
	p->status = HTTP_OK;
	p->type = metric_media_type(openmetrics);
	p->text = m->text;
}

static void
choose(void *arg, const struct http_request *r, struct page *p)
{
	static char text[600];
	struct metrics *m = arg;

	if (r->method != HTTP_GET && r->method != HTTP_HEAD) {
		p->status = HTTP_NOT_ALLOWED;
		p->allow = "GET, HEAD";
	} else if (http_path_is(r, "/")) {
		p->text = text;
		p->len = (size_t)snprintf(
		    text, sizeof(text), "The metrics are at /metrics.\n");
	} else if (!http_path_is(r, "/metrics"))
		p->status = HTTP_NOT_FOUND;
	else if (m->status == CONTROL_OK)
		choose_metrics(m, r->openmetrics, p);
	else {
		p->status = HTTP_UNAVAILABLE;
		p->text = text;
		p->len = (size_t)snprintf(text, sizeof(text), "%s\n", m->error);
	}
}

enum control_status
metrics_run(const struct invocation *v)
{
	struct metrics m = { .text = NULL };

	ask(&m, v);
	if (v->http)
		_exit(serve_http(choose, &m));
	if (v->json)
		json_print(&m.reply, v->command->kinds, stdout);
	else if (m.status == CONTROL_OK)
		families_print(&m.reply, true, stdout);
	reply_free(&m.reply);
	return m.status;
}
