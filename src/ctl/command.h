/*
 * command.h -- a command of haildctl, and one invocation of it.
 */

#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "control/protocol.h"
#include "control/request.h"
#include "ctl/reply.h"

struct command;

struct invocation {
	const struct command *command;
	const char *socket;
	bool json;
	int64_t timeout; /* ns; -1: none */
	struct control_request request;
	size_t narguments; /* that were taken */
	bool http;	   /* metrics, health: answer an HTTP request */
	int64_t delay;	   /* top: between two screens, ns */
	int64_t count;	   /* top: screens; 0: no end */
	const char *sort;  /* top: a column, or NULL */
	const char
	    *file; /* explain: read it instead of asking haild; or NULL */
};

/* The options that some commands take; bits. */
enum command_option {
	COMMAND_SERVICE = 1,
	COMMAND_SOURCE = 2,
	COMMAND_IDENTITY = 4,
	COMMAND_UID = 8,
	COMMAND_WAIT = 16,
	COMMAND_HTTP = 32,
	COMMAND_DELAY = 64,
	COMMAND_COUNT = 128,
	COMMAND_SORT = 256,
	COMMAND_CONFIG = 512,
};

/* Take argument INDEX, from 0.  Returns false if it is not valid. */
typedef bool command_argument_fn(
    struct invocation *v, size_t index, const char *text);

/* Write an answer for people. */
typedef void command_show_fn(const struct reply *r, FILE *out);

/* Run a command that is more than one request.  Returns its status. */
typedef enum control_status command_run_fn(const struct invocation *v);

struct command {
	const char *name, *arguments, *help;
	enum control_command request;
	int64_t timeout;      /* ns, if -t is not given; -1: none */
	unsigned int options; /* enum command_option */
	unsigned int kinds;   /* JSON_KIND: what it shows; 0: nothing */
	size_t min, max;      /* arguments */
	command_argument_fn *argument;
	command_show_fn *show; /* NULL: only messages */
	command_run_fn *run;   /* in place of all that, or NULL */
	size_t options_end;    /* no options after so many arguments; 0: any */
};

#endif
