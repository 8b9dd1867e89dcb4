#include "haild/control/process.h"

enum control_status
control_write_counts(const struct control_writer *w)
{
	control_say(w, "not there yet");
	return CONTROL_FAILED;
}
