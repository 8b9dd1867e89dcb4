#include "load/files.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "load/inetd.h"
#include "load/memory.h"
#include "load/text/scan.h"
#include "load/text/syntax.h"
#include "load/trust.h"

#define FILE_MAX (4 << 20) /* bytes of one file */
#define MISTAKES_MAX 20	   /* that are reported of one file's syntax */

/*
 * Open without ever waiting; refuse what another user could have put there.
 */
static int
open_checked(struct loader *l)
{
	char why[TRUST_WHY_MAX];
	struct stat st;
	int fd;

	if (lstat(l->file, &st) == 0 && S_ISLNK(st.st_mode) && st.st_uid != 0 &&
	    st.st_uid != geteuid()) {
		loader_error(l, NULL, "is a symbolic link of uid %u",
		    (unsigned int)st.st_uid);
		return -1;
	}
	if (l->source->root && trust_path(NULL, l->file, why) == -1) {
		loader_error(l, NULL, "%s", why);
		return -1;
	}
	fd = open(l->file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1) {
		loader_error(l, NULL, "%s", strerror(errno));
	} else if (S_ISDIR(st.st_mode)) {
		loader_error(l, NULL, "is a directory");
	} else if (!S_ISREG(st.st_mode)) {
		loader_error(l, NULL, "is not a regular file");
	} else if (st.st_size > FILE_MAX) {
		loader_error(l, NULL, "is larger than %d MB", FILE_MAX >> 20);
	} else {
		return fd;
	}
	if (fd != -1)
		close(fd);
	return -1;
}

/* The whole file as a string of the heap, or NULL after an error. */
static char *
read_file(struct loader *l, bool inetd)
{
	char *text = NULL;
	size_t used = 0;
	ssize_t n = 0;
	int fd;

	if ((fd = open_checked(l)) == -1)
		return NULL;
	text = memory_resize(NULL, FILE_MAX + 1, 1);
	while (used < FILE_MAX &&
	    (n = io_read(fd, text + used, FILE_MAX - used)) > 0)
		used += (size_t)n;
	text[used] = '\0';
	close(fd);
	if (n == -1)
		loader_error(l, NULL, "%s", strerror(errno));
	else if (used == 0 && !inetd)
		loader_error(l, NULL, "is empty");
	else if (strlen(text) != used)
		loader_error(l, NULL, "contains a NUL byte");
	else
		return text;
	free(text);
	return NULL;
}

/* Add a file to the list, with an empty tree. */
static struct file *
add_file(struct loader *l, struct files *files, const char *name, bool inetd)
{
	struct file *f;

	files->list = memory_resize(files->list, files->n + 1, sizeof(*f));
	f = &files->list[files->n++];
	l->file = arena_strdup(l->arena, name);
	f->text = (struct text) { l->file, "", inetd };
	config_init(&f->tree);
	return f;
}

/* Read TEXT into TREE.  Returns 0, or -1 with the mistake in M. */
static int
read_tree(struct loader *l, config_t *tree, const char *text, struct mistake *m)
{
	const char *error = scan_text(text, &m->line);
	int duplicate = 0;

	if (error == NULL) {
		if (config_read_string(tree, text))
			return 0;
		error = config_error_text(tree);
		m->line = config_error_line(tree);
		if (strncmp(error, "duplicate", strlen("duplicate")) == 0)
			duplicate = m->line;
		if (syntax_find(text, l->file, duplicate, m))
			error = NULL;
	}
	if (error != NULL)
		strlcpy(m->text, error, sizeof(m->text));
	/* Half a tree would only cause more errors. */
	config_destroy(tree);
	config_init(tree);
	return -1;
}

/*
 * Read TEXT, which is changed, into TREE.  A service with a mistake, which is
 * reported, is left out; if there is one elsewhere, the tree is empty.
 */
static void
read_services(struct loader *l, config_t *tree, char *text)
{
	struct origin origin = { .file = l->file };
	struct mistake m;
	bool whole = true;
	int i;

	for (i = 0; i < MISTAKES_MAX; i++) {
		if (read_tree(l, tree, text, &m) == 0)
			break;
		origin.line = m.line;
		loader_error_at(l, &origin, "%s", m.text);
		if (!syntax_blank(text, m.line))
			whole = false;
	}
	if (whole && i < MISTAKES_MAX)
		return;
	/* A default that is missing would cause errors in other services. */
	config_destroy(tree);
	config_init(tree);
}

/*
 * Add a file to the list with its tree, from TEXT if it is not NULL.  What has
 * an error, which has been reported, is not in the tree.
 */
static void
parse_file(struct loader *l, struct files *files, const char *name, bool inetd,
    const char *text)
{
	struct file *f = add_file(l, files, name, inetd);
	char *heap = NULL;

	if (text == NULL && (text = heap = read_file(l, inetd)) == NULL)
		return;
	f->text.text = arena_strdup(l->arena, text);
	free(heap);
	heap = inetd ? translate_inetd(l, f->text.text)
		     : memory_strdup(f->text.text);
	read_services(l, &f->tree, heap);
	free(heap);
}

static int
is_config_name(const struct dirent *d)
{
	return fnmatch("*.conf", d->d_name, FNM_PERIOD) == 0;
}

static void
read_files(struct loader *l, struct files *files)
{
	char why[TRUST_WHY_MAX], *name;
	struct dirent **names = NULL;
	int i, found = 0;

	parse_file(l, files, l->source->file, false, NULL);
	if (l->source->dir != NULL && l->source->root &&
	    trust_path(NULL, l->source->dir, why) == -1) {
		l->file = l->source->dir;
		loader_error(l, NULL, "%s", why);
	} else if (l->source->dir != NULL)
		found =
		    scandir(l->source->dir, &names, is_config_name, alphasort);
	if (found == -1 && errno != ENOENT) {
		l->file = l->source->dir;
		loader_error(l, NULL, "%s", strerror(errno));
	}
	for (i = 0; i < found; i++) {
		name = memory_printf("%s/%s", l->source->dir, names[i]->d_name);
		parse_file(l, files, name, false, NULL);
		free(name);
		free(names[i]);
	}
	free(names);
}

static void
add_string(config_setting_t *parent, const char *name, const char *text)
{
	config_setting_t *s;

	s = config_setting_add(parent, name, CONFIG_TYPE_STRING);
	config_setting_set_string(s, text);
}

static bool
is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    access(path, X_OK) == 0;
}

/*
 * The absolute path of a program, on the heap: from the current directory, or
 * from PATH as a shell would; NULL when PATH does not have it.
 */
static char *
find_program(const char *name)
{
	const char *dir = getenv("PATH");
	char cwd[4096], *path;
	int len;

	if (name[0] == '/')
		return memory_strdup(name);
	if (strchr(name, '/') != NULL) {
		return getcwd(cwd, sizeof(cwd)) == NULL
		    ? NULL
		    : memory_printf("%s/%s", cwd, name);
	}
	for (; dir != NULL; dir = dir[len] == ':' ? dir + len + 1 : NULL) {
		len = (int)strcspn(dir, ":");
		path = memory_printf("%.*s/%s", len, dir, name);
		if (path[0] == '/' && is_program(path))
			return path;
		free(path);
	}
	return NULL;
}

/* "-f -l address [-u user] [-m text | -- program arg ...]" as a service. */
static void
read_command_line(struct loader *l, struct files *files)
{
	const struct config_source *source = l->source;
	struct file *f = add_file(l, files, "command line", false);
	config_setting_t *root = config_root_setting(&f->tree);
	config_setting_t *service, *list;
	const char *name = "message";
	char *const *arg;
	char *program;

	if (source->exec != NULL) {
		name = strrchr(source->exec[0], '/');
		name = name == NULL ? source->exec[0] : name + 1;
	}
	service = config_setting_add(root, name, CONFIG_TYPE_GROUP);
	if (service == NULL) /* not a name to libconfig: "[", "7z" */
		service =
		    config_setting_add(root, "program", CONFIG_TYPE_GROUP);
	list = config_setting_add(service, "listen", CONFIG_TYPE_ARRAY);
	config_setting_set_string_elem(list, -1, source->listen);
	if (source->user != NULL)
		add_string(service, "user", source->user);
	if (source->message != NULL)
		add_string(service, "message", source->message);
	if (source->exec != NULL) {
		if ((program = find_program(source->exec[0])) == NULL) {
			loader_error(l, NULL, "cannot find \"%s\" in PATH",
			    source->exec[0]);
			config_setting_remove_elem(root, 0);
			return;
		}
		list = config_setting_add(service, "exec", CONFIG_TYPE_ARRAY);
		config_setting_set_string_elem(list, -1, program);
		for (arg = source->exec + 1; *arg != NULL; arg++)
			config_setting_set_string_elem(list, -1, *arg);
		free(program);
	}
}

/* The texts of an earlier configuration. */
static void
read_again(struct loader *l, struct files *files)
{
	const struct text *t = l->source->again->texts;
	size_t i;

	for (i = 0; i < l->source->again->ntexts; i++)
		parse_file(l, files, t[i].name, t[i].inetd, t[i].text);
}

void
files_read(struct loader *l, struct files *files)
{
	*files = (struct files) { NULL, 0 };
	if (l->source->listen != NULL)
		read_command_line(l, files);
	else if (l->source->again != NULL)
		read_again(l, files);
	else if (l->source->file != NULL)
		read_files(l, files);
}

void
files_finish(struct loader *l, struct files *files)
{
	const char *inetd = l->config->inetd_conf;
	struct text *texts;
	size_t i;

	/* The texts that are read again have it among them. */
	if (inetd != NULL && l->source->again == NULL &&
	    (inetd[0] == '/' || l->source->inetd != NULL)) /* else an error */
		parse_file(l, files, inetd, true, NULL);
	texts = arena_alloc(l->arena, files->n * sizeof(*texts));
	/* Not a struct at a time: its padding may hold bytes of the stack. */
	for (i = 0; i < files->n; i++) {
		texts[i].name = files->list[i].text.name;
		texts[i].text = files->list[i].text.text;
		texts[i].inetd = files->list[i].text.inetd;
	}
	l->config->texts = texts;
	l->config->ntexts = files->n;
}

void
files_free(struct files *files)
{
	size_t i;

	for (i = 0; i < files->n; i++)
		config_destroy(&files->list[i].tree);
	free(files->list);
}
