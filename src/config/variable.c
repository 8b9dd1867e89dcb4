#include "config/variable.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *
variable_pattern(const char *element, size_t *len)
{
	*len = strcspn(element, "=");
	return element[*len] == '=' ? &element[*len + 1] : NULL;
}

bool
variable_is_named(const char *name, size_t len, const char *element)
{
	size_t n = strcspn(element, "*=");

	return (element[n] == '*' ? len >= n : len == n) &&
	    strncmp(name, element, n) == 0;
}

bool
variable_is_plain(const char *value)
{
	size_t n = strspn(value, VARIABLE_VALUE);

	return value[0] != '-' && value[n] == '\0' && n <= VARIABLE_VALUE_MAX;
}

/* clang-format off */
static const struct {
	const char *why, *names[64];
} reserved[] = {
	{ "haild sets it", {
		"PATH", "USER", "LOGNAME", "HOME", "SHELL", "PROTO", "TCP*",
		"IPC*", "REMOTE_*", "SSL_*" } },
	{ "programs believe that a server has proved it", {
		"ALPN*", "AUTH_TYPE", "HTTPS", "TLS_*" } },
	{ "shells take commands or files from it", {
		"IFS", "ENV", "BASH*", "SHELLOPTS", "PS0", "PS1", "PS2", "PS3",
		"PS4", "PROMPT_*", "CDPATH", "PWD", "OLDPWD", "GLOBIGNORE",
		"EXECIGNORE", "FIGNORE", "FPATH", "ZDOTDIR", "NULLCMD",
		"READNULLCMD", "MODULE_PATH", "KSH_*", "HISTFILE", "FCEDIT",
		"INPUTRC", "fish_*" } },
	{ "the dynamic loader or libc takes files from it", {
		"LD_*", "_RLD*", "DYLD_*", "GLIBC_*", "GCONV_PATH", "GETCONF_DIR",
		"LOCPATH", "NLSPATH", "MALLOC_*", "HOSTALIASES", "LOCALDOMAIN",
		"NIS_*", "RES_OPTIONS", "RESOLV_*", "TZDIR", "TMPDIR", "TMP", "TEMP",
		"TERMINFO*", "TERMCAP", "TERMPATH", "TEXTDOMAIN*", "GMON_*",
		"PCPROFILE_*", "SEGFAULT_*", "ASAN_*", "LSAN_*", "MSAN_*",
		"TSAN_*", "UBSAN_*", "GCOV_*", "LLVM_*", "PTHREAD_*" } },
	{ "interpreters take code from it", {
		"PYTHON*", "VIRTUAL_ENV*", "CONDA_*", "PIP_*", "PERL*", "RUBY*",
		"GEM_*", "BUNDLE_*", "RBENV_*", "NODE_*", "NPM_*", "npm_*",
		"DENO_*", "BUN_*", "JAVA_*", "_JAVA_*", "JDK_*", "JRE_*",
		"JVM_*", "CLASSPATH", "MAVEN_*", "GRADLE_*", "ANT_*", "GROOVY_*",
		"SCALA_*", "KOTLIN_*", "PHP*", "LUA_*", "TCL_*", "TCLLIBPATH", "TK_*", "GUILE_*",
		"ERL_*", "ELIXIR_*", "R_*", "JULIA_*", "GODEBUG", "GOENV", "GOFLAGS", "GOPATH",
		"GOROOT", "GOTOOLCHAIN", "CARGO_*", "RUST*",
		"GHC*", "OCAML*", "CAML*", "AWKPATH", "AWKLIBPATH", "GAWK_*",
		"DOTNET_*", "COR_*", "CORECLR_*", "COMPlus_*", "MONO_*",
		"PSModulePath" } },
	{ "programs run commands or read files that it names", {
		"GIT_*", "SSH_*", "RSYNC_*", "RSH", "CVS*", "SVN_*", "HG*",
		"SUDO_*", "PAGER", "MANPAGER", "MANOPT",
		"MANROFFOPT", "LESS*", "MORE", "EDITOR", "VISUAL",
		"BROWSER", "EXINIT", "VIM*", "NVIM_*", "EMACS*", "TAR_*", "TAPE",
		"GZIP", "BZIP*", "XZ_*", "ZSTD_*", "ZIPOPT", "UNZIP*", "MAKE*",
		"MFLAGS", "GNUPGHOME", "GPG_*", "ANSIBLE_*", "DOCKER_*", "KUBECONFIG",
		"AWS_*", "PG*", "MYSQL_*", "OPENSSL_*", "CURL_*", "WGET*",
		"NETRC", "SYSTEMD_*", "DPKG_*", "DEBIAN_*", "APT_*", "MAILCAPS", "MAILRC",
		"XML_*", "SGML_*", "GREP_*", "RIPGREP_*" } },
	{ "compilers and build tools run or read what it names", {
		"CC", "CXX", "CPP", "LD", "GCC_*", "COMPILER_PATH",
		"LIBRARY_PATH", "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH",
		"OBJC_INCLUDE_PATH", "PKG_CONFIG*", "CMAKE_*", "CCACHE_*",
		"DISTCC_*", "DEBUGINFOD_*", "TEXINPUTS", "TEXMF*",
		"SBT_*", "LEIN_*", "YARN_*" } },
	{ "servers and libraries read or write files that it names", {
		"SSLKEYLOGFILE", "CATALINA_*", "ELECTRON_*", "OCTAVE_*",
		"GS_LIB", "GS_OPTIONS", "MAGICK_*", "MAGIC", "SASL_*",
		"LDAPCONF", "LDAPRC", "TNS_ADMIN", "ORACLE_*", "ODBC*",
		"SCREENRC", "TMUX*", "LYNX_*", "MAILPATH" } },
	{ "desktops and buses load modules that it names", {
		"DBUS_*", "XDG_*", "GTK_*", "GDK_*", "QT_*", "GIO_*", "GST_*",
		"GSETTINGS_*", "P11_*", "PKCS11*", "KRB5*", "LIBVIRT_*" } },
	{ "it sends requests of the program elsewhere", {
		"HTTP_*", "HTTPS_*", "FTP_PROXY", "ALL_PROXY", "NO_PROXY",
		"http_proxy", "https_proxy", "ftp_proxy", "all_proxy",
		"no_proxy" } },
};
/* clang-format on */

const char *
variable_reserved(const char *name, size_t len)
{
	const char *const *names;
	size_t i;

	for (i = 0; i < COUNT(reserved); i++)
		for (names = reserved[i].names; *names != NULL; names++)
			if (variable_is_named(name, len, *names))
				return reserved[i].why;
	return NULL;
}
