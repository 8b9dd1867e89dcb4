/*
 * select.h -- what the values of a control request select.
 */

#ifndef CONTROL_SELECT_H
#define CONTROL_SELECT_H

#include "haild/children/children.h"
#include "haild/control/messages.h"
#include "haild/control/writer.h"

/* Whether slot C has a session: it is not free, and can be reaped. */
bool select_is_session(const struct child *c);

/*
 * Returns whether the service that the request names exists.  If not, writes a
 * message that lists the services.
 */
bool select_service(const struct control_writer *w);

/* Whether a CONTROL_KILL is valid; for all but CONTROL_OK with a message. */
enum control_status select_check_kill(const struct control_writer *w);

/*
 * The sessions that a CONTROL_KILL names, up to MAX from *AT on; 0: no more.
 */
size_t select_victims(const struct control_view *v,
    const struct control_request *r, uint32_t *at, struct control_victim *list,
    size_t max);

/* Fill in the IDs of a CONTROL_KILL that no session has. */
void select_missing(const struct control_view *v,
    const struct control_request *r, struct control_action *a);

#endif
