#include "haild/control/explain_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/answer.h"
#include "haild/children/children.h"
#include "haild/containment/containment.h"
#include "haild/control/process.h"
#include "haild/listen/listener.h"
#include "lib/io.h"
#include "lib/log.h"

/* The parts of a daemon that a client needs. */
struct parts {
	struct service_stats_list all_stats;
	struct listeners listeners;
	struct children children;
	struct admission admission;
	struct containment containment;
};

int
explain_file_read(struct control_request *r, const char *line)
{
	/* Its strings point there. */
	static char copy[CONTROL_REQUEST_MAX];
	char error[256];

	if (strlcpy(copy, line, sizeof(copy)) < sizeof(copy) &&
	    control_request_read(r, copy, error, sizeof(error)) == CONTROL_OK &&
	    r->command == CONTROL_EXPLAIN)
		return 0;
	log_errx(
	    "-E: invalid request; use \"haildctl explain -c\" of the same "
	    "version");
	return -1;
}

/* As if each service listened where it is to. */
static int
open_nothing(struct parts *p, const struct config *config)
{
	const struct service *service = config->services;
	const struct service *end = service + config->nservices;
	struct service_stats *stats;
	struct listener *l;
	size_t i, n = 0;

	for (; service < end; service++)
		n += service->nendpoints;
	if ((l = calloc(n + 1, sizeof(*l))) == NULL)
		return -1;
	p->listeners.list = l;
	for (service = config->services; service < end; service++) {
		stats = service_stats_get(&p->all_stats, service->name);
		if (stats == NULL)
			return -1;
		for (i = 0; i < service->nendpoints; i++)
			l[p->listeners.n++] = (struct listener) { .fd = -1,
				.service = service,
				.stats = stats,
				.addr = service->endpoints[i].addr,
				.dgram = service->endpoints[i].dgram };
	}
	return 0;
}

static int
prepare(struct parts *p, const struct config *config)
{
	TAILQ_INIT(&p->all_stats);
	if (open_nothing(p, config) == -1 ||
	    children_create(&p->children) == -1 ||
	    sources_create(&p->admission.sources) == -1) {
		log_err("cannot create the tables of sessions and sources");
		return -1;
	}
	p->admission.config = config;
	admit_read_load(&p->admission, clock_now());
	uids_want(&p->containment.uids, config);
	return 0;
}

int
explain_file_answer(
    const struct config *config, const struct control_request *r)
{
	static struct parts parts;
	const struct control_view view = { .config = config,
		.children = &parts.children,
		.all_stats = &parts.all_stats,
		.listeners = &parts.listeners,
		.admission = &parts.admission,
		.containment = &parts.containment,
		.now = clock_now() };
	struct record_writer out;
	const struct control_writer w = {
		.view = &view, .request = r, .out = &out
	};
	struct answer_result result;

	if (prepare(&parts, config) == -1)
		return -1;
	record_begin(&out, &answer_format, stdout);
	result.status = control_write_explanation(&w);
	record_write(&out, &answer_format.kinds[ANSWER_RESULT], &result);
	if (record_end(&out) == 0)
		return 0;
	log_err("cannot write to standard output");
	return -1;
}
