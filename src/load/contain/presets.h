/*
 * presets.h -- what "sandbox" sets.
 *
 * A part is a setting of containment.  A part that is written, in the service
 * or outside it, overrides its preset.  The paths of the preset for
 * "inaccessible-paths" are added to the written ones.
 */

#ifndef LOAD_CONTAIN_PRESETS_H
#define LOAD_CONTAIN_PRESETS_H

#include "load/service.h"

struct part {
	const char *name;
	/* Its values in the presets, as text; NULL: as without "sandbox". */
	const char *basic, *strict;
};

extern const struct part parts[];
extern const size_t nparts;

/* The value of PART in PRESET, as it would be written; or NULL. */
const char *part_value(const struct part *part, int64_t preset);

/*
 * The "inaccessible-paths" of SERVICE's preset, after presets_apply; NULL:
 * none.
 */
const char *const *presets_hidden(
    const struct loader *l, const struct service *service);

/* Whether the part NAME of SERVICE was written. */
bool part_is_written(const struct service *service, const char *name);

#endif
