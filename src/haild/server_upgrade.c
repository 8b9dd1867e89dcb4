#include "haild/server_upgrade.h"

#include "haild/report.h"
#include "haild/state.h"
#include "haild/status.h"
#include "haild/takeover/state.h"
#include "lib/log.h"

static struct takeover
parts_of(struct server *s)
{
	return (struct takeover) { &s->all_stats, &s->listeners, &s->children,
		&s->admission.sources, &s->leftovers, &s->lost, &s->hangups,
		&s->logger.pid, &s->logger.started };
}

void
server_upgrade_request(struct server *s, int64_t now)
{
	const struct takeover parts = parts_of(s);

	if (s->loading != LOAD_NONE)
		log_warnx("upgrade: a reload is in progress; try again");
	else
		upgrade_request(&s->upgrade, &parts, now);
}

void
server_upgrade_expire(struct server *s, int64_t now)
{
	const struct takeover parts = parts_of(s);

	upgrade_expire(&s->upgrade, now);
	if (!s->upgrade.proved || s->loading != LOAD_NONE || s->stopping)
		return;
	/* The new image counts from 0. */
	report_all_left_out(s);
	log_info("upgrade: executing %s", s->upgrade.program);
	s->lost = log_lost();
	notify_reloading(&s->supervise.notify);
	supervise_hand_over(&s->supervise);
	upgrade_execute(&s->upgrade, &parts);
	supervise_keep();
	status_ready(s);
}

int
server_upgrade_resume(struct server *s)
{
	struct takeover parts = parts_of(s);

	return upgrade_resume(&s->upgrade, &parts);
}
