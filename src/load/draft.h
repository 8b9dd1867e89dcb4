/*
 * draft.h -- a service while its settings are read.
 */

#ifndef DRAFT_H
#define DRAFT_H

#include "load/settings.h"

struct draft {
	struct service *service;
	struct origin *origins; /* where each was written, as settings[] */
};

/* Fill in the defaults, at the top and of a service. */
void draft_preset(struct loader *l, struct service *service);

/* Read one setting, of a service or command (IN_SERVICE) or of the top. */
void draft_apply(struct loader *l, struct draft *d, bool in_service,
    const config_setting_t *v);

/*
 * Read all of GROUP, a service or a command: OWN gets where it was written, and
 * ALL that, or else where OUTER has it.
 */
void draft_read(struct loader *l, struct service *service,
    const config_setting_t *group, struct origin *own,
    const struct origin *outer, struct origin *all);

/* "no-new-privileges" by default: unless the program runs as root. */
void draft_default_privileges(struct service *service);

#endif
