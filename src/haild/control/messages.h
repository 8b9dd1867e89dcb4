/*
 * messages.h -- what a control process sends to the daemon, and how long it may
 * take.
 */

#ifndef CONTROL_MESSAGES_H
#define CONTROL_MESSAGES_H

#include <stdint.h>

#include "config/config.h"
#include "lib/io.h"

/* For a request, and for a slow reader of the answer. */
#define CONTROL_REQUEST_TIMEOUT (5 * SECOND)
#define CONTROL_TIMEOUT (30 * SECOND) /* for the whole process */

/* One message of a process is one action. */
enum control_message {
	CONTROL_ACTION = 1,  /* struct control_action */
	CONTROL_VICTIMS = 2, /* struct control_victim..., then CONTROL_ACTION */
};
#define CONTROL_MISSING_MAX 8
struct control_action {
	uint32_t command;		    /* enum control_command */
	int32_t level;			    /* of CONTROL_LOG */
	uint32_t wait;			    /* of CONTROL_DRAIN */
	char service[SERVICE_NAME_MAX + 1]; /* "": all */
	/* Of CONTROL_KILL: the first IDs that no session has, of NMISSING. */
	uint32_t missing[CONTROL_MISSING_MAX];
	uint32_t nmissing;
};
/* A session that CONTROL_KILL ends. */
struct control_victim {
	uint32_t slot, serial;
};
#define CONTROL_VICTIMS_MAX 512 /* in one message; there may be several */

#endif
