#include <time.h>
#include <unistd.h>

#include "control/answer.h"
#include "haild/children/children.h"
#include "haild/control/process.h"

enum control_status
control_write_status(const struct control_writer *w)
{
	const struct control_view *v = w->view;
	const struct answer_haild haild = {
		.version = PACKAGE_VERSION,
		.pid = getppid(),
		.started = v->history.started,
		.now = time(NULL),
		.sessions = v->children->live - v->children->unreapable,
		.max_sessions = v->config->max_sessions,
		.services = (int64_t)v->nserved,
		.state = v->stopping ? "stopping"
		    : v->draining    ? "draining"
		    : v->drained     ? "drained"
				     : "serving",
	};

	/* TODO(H3): the other records. */
	record_write(w->out, &answer_format.kinds[ANSWER_HAILD], &haild);
	return CONTROL_OK;
}
