#!/usr/bin/perl
# plot.pl -- make the plots from results.tsv with gnuplot(1).
#
#	perl plot.pl results.tsv DIRECTORY		write plot-NAME.svg there
#	perl plot.pl results.tsv DIRECTORY check	fail if one of these was not
#							made from these results;
#							needs no gnuplot
#
# "./dev bench show" calls the first form.  The same results make the same files.  Each
# file ends with a comment that has checksums of the commands for gnuplot and of the
# file itself; "check" compares them.  A plot without results is not made.
use strict;
use warnings;
use Digest::MD5 'md5_hex';
use File::Temp;
use FindBin '$Bin';
use lib $Bin;
use results;

use constant {
	OURS => '#1b5e9e',
	ALSO_OURS => '#8dbbe3',
	OTHERS => '#a8a8a8',
	BARE => '#dcc48e',
	WIDTH => 720,
};

my %titles = (
	rate => 'Clients served, against other servers',
	latency => 'How long one client at a time waits',
	cost => 'What a session costs with many others',
	tls => 'TLS, against other servers',
	contain => 'What a sandbox costs, against other sandboxes',
);
my ($path, $directory, $check) = @ARGV;
die "usage: plot.pl results.tsv DIRECTORY [check]\n" if !defined $directory;
my @rows = results::read_results($path);

# Returns the values of the rows for which TEST, with the row in $_, is true.
sub values_of(&)
{
	my ($test) = @_;

	return map { @{$_->{values}} } grep { $test->() } @rows;
}

# A string for gnuplot.
sub quoted
{
	my ($s) = @_;

	$s =~ s/'/''/g;
	return "'$s'";
}

sub heading
{
	my ($height) = @_;

	return sprintf <<'END', WIDTH, $height;
set terminal svg size %d,%d noenhanced font "sans-serif,13" background rgb "white"
set multiplot
set border 3 lc rgb "black"
set tics nomirror out scale 0.5
set style fill solid noborder
END
}

# at TOP BOTTOM LEFT RIGHT HEIGHT: the margins of a panel, in pixels from the top left.
sub at
{
	my ($top, $bottom, $left, $right, $height) = @_;

	return sprintf "set tmargin at screen %.4f\nset bmargin at screen %.4f\n"
	    . "set lmargin at screen %.4f\nset rmargin at screen %.4f\n",
	    1 - $top / $height, 1 - $bottom / $height, $left / WIDTH, $right / WIDTH;
}

sub text
{
	my ($text, $x, $y, $height, $how) = @_;

	return sprintf "set label %s at screen %.4f,%.4f %s\n", quoted($text),
	    $x / WIDTH, 1 - $y / $height, $how // '';
}

sub more_is_better
{
	return $_[0] =~ m|/s$| ? 'more is better' : 'less is better';
}

# --- bars ---

my %unit_words = ('conn/s' => 'connections per second', us => 'microseconds',
    ms => 'milliseconds', 'MB/s' => 'MB per second', kB => 'kB',
    'handshakes/s' => 'handshakes per second');

# What the colors of bars mean.
sub legend
{
	my ($height, %used) = @_;
	my ($x, $commands) = (14, '');

	for ([OURS, 'haild', 55], [ALSO_OURS, 'haild, other settings', 145],
	    [OTHERS, 'other programs', 112],
	    [BARE, 'bare: smallest possible server', 205]) {
		my ($color, $what, $width) = @$_;

		next if !$used{$color};
		$commands .= text('■', $x, 37, $height, qq(font "sans-serif,15" tc rgb "$color"))
		    . text($what, $x + 16, 37, $height);
		$x += $width + 18;
	}
	return $commands . text('black: spread', $x, 37, $height);
}

# The rows' names of our configurations, of the servers of bare.c, and of other
# programs.
sub color_of
{
	return $_[0] =~ /^(haild|hail|parent|plain|basic|strict|linger|with|none|static|dynamic)\b/
	    ? ALSO_OURS : $_[0] =~ /^bare/ ? BARE : OTHERS;
}

# bars TITLE VALUE...: a panel for each work that compares programs.
sub bars
{
	my ($title, @values) = @_;
	my (@works, %of);

	for (@values) {
		next if $_->{label} ne '';
		push @works, $_->{work} if !defined $of{$_->{work}};
		push @{$of{$_->{work}}}, $_;
	}
	@works = grep { @{$of{$_}} > 1 } @works;
	return if !@works;
	my $height = 56;
	$height += 72 + 22 * @{$of{$_}} for @works;
	my $commands = heading($height);
	my $top = 56;
	my %used;
	for my $work (@works) {
		my @of = @{$of{$work}};
		my $unit = $of[0]{unit};
		my $end = $top + 26 + 22 * @of;
		my ($data, $longest, $n) = ('', 0, 0);

		$commands .= "unset label\nset yrange [" . (@of + 0.6) . ":0.4]\n"
		    . 'set ytics (' . join(', ', map { $n++;
		    quoted($_->{program}) . " $n" } @of) . ") scale 0\n";
		$n = 0;
		for (@of) {
			my ($low, $high) = @$_{'low', 'high'};
			my $color = $n == 0 ? OURS : color_of($_->{program});

			$used{$color} = 1;
			$low = $high = $_->{median} if $_->{low} eq '';
			$longest = $high if $high > $longest;
			$n++;
			$data .= sprintf "%d %s %s %s %d %s\n", $n, $_->{median},
			    $low, $high, hex substr($color, 1),
			    '"' . results::number($_->{median})
			    . ($_->{ratio} eq '' || $unit !~ m|/s$| ? ''
			    : sprintf(' (%s: %.2f ×)', length($of[0]{program})
			    > 10 ? 'ours' : $of[0]{program}, $_->{ratio})) . '"';
		}
		$commands .= text($title, WIDTH / 2, 16, $height,
		    'center font "sans-serif,16"') if $top == 56;
		$commands .= text("$work: " . ($unit_words{$unit} // $unit) . ', '
		    . more_is_better($unit), 14, $top + 12, $height);
		$commands .= legend($height, %used) if $work eq $works[-1];
		$commands .= at($top + 26, $end, 150, WIDTH - 20, $height)
		    . sprintf("set xrange [0:%s]\n", $longest * 1.4)
		    . "\$data << EOD\n${data}EOD\n"
		    . 'plot $data using 2:1:(0):2:($1-0.38):($1+0.38):5 with'
		    . ' boxxyerror lc rgb variable notitle, $data using 3:1:($4-$3):(0)'
		    . ' with vectors nohead lc rgb "black" lw 2 notitle, $data using'
		    . " 4:1:6 with labels left offset 0.8,0 notitle\n";
		$top = $end + 46;
	}
	return $commands;
}

# --- curves ---

# Colors and points of the curves of a panel; ours have the first two.
my @styles = (
	['#1b5e9e', 7, 2.5], ['#5fa8e8', 5, 2.5], ['#b07d12', 9, 1.5],
	['#c0392b', 11, 1.5], ['#2f7d32', 13, 1.5], ['#7b3fa0', 4, 1.5],
	['#555555', 6, 1.5], ['#d35f9c', 8, 1.5],
);

# curves [NAME, STYLE, POINTS]...: the plot command; POINTS are lines of x, y, low and
# high.
sub curves
{
	my (@curves) = @_;
	my ($data, @bars, @lines, @points, @keys) = ('');

	for my $i (0 .. $#curves) {
		my ($name, $style, $points) = @{$curves[$i]};
		my ($color, $point, $width) = @{$styles[$style % @styles]};
		my $line = qq(lc rgb "$color" lw $width);

		$data .= "\$c$i << EOD\n${points}EOD\n";
		push @bars, "\$c$i using 1:3:(0):(\$4-\$3) with vectors nohead"
		    . qq( lc rgb "$color" lw 1 notitle);
		push @lines, "\$c$i using 1:2 with lines $line notitle";
		push @points, "\$c$i using 1:2 with points $line pt $point ps 0.6"
		    . ' notitle';
		push @keys, "keyentry with linespoints $line pt $point ps 0.6 title "
		    . quoted($name);
	}
	return $data . 'plot ' . join(', ', @bars, @lines, @points, @keys) . "\n";
}

# Put the legend of the next panels at X, Y, its top left corner; X 0: no legend.
sub key_at
{
	my ($x, $y, $height, $how) = @_;

	return "unset key\n" if $x == 0;
	return sprintf "set key at screen %.4f,%.4f left top Left reverse samplen 2 %s\n",
	    $x / WIDTH, 1 - $y / $height, $how;
}

sub point
{
	my ($x, $v) = @_;
	my $own = $v->{median};

	return join(' ', $x, $own, map { $_ eq '' ? $own : $_ }
	    @$v{'low', 'high'}) . "\n";
}

# The percentiles are spread so that each 9 more takes as much room.
sub latency
{
	my $height = 490;
	my @panels = (['latency of exec', 'exec', 70, 395],
	    ['latency of message', 'message', 415, 700]);
	my @values = values_of { $_->{name} eq 'latency' };
	return if !@values;
	my @all = sort { $a <=> $b } map { $_->{median} } @values;
	my $commands = heading($height) . "set logscale y\nset grid ytics xtics lc rgb"
	    . " \"#dddddd\" lt 1\nset xrange [0:3.1]\nset yrange ["
	    . $all[0] * 0.8 . ':' . $all[-1] * 1.3 . "]\n"
	    . 'set xtics (' . join(', ', map { sprintf '"%s %%%%" %.4f', $_,
	    -log(1 - $_ / 100) / log(10) } 50, 90, 99, 99.9) . ")\n"
	    . text($titles{latency},
	    WIDTH / 2, 16, $height, 'center font "sans-serif,16"')
	    . text('microseconds, on a logarithmic scale; less is better; thin lines: spread',
	    14, 40, $height);

	for (@panels) {
		my ($work, $name, $left, $right) = @$_;
		my (%points, %median, @programs);

		for my $v (grep { $_->{work} eq $work } @values) {
			my ($p) = $v->{label} =~ /^p([\d.]+)$/ or next;

			push @programs, $v->{program}
			    if !defined $points{$v->{program}};
			$points{$v->{program}} .= point(sprintf('%.4f',
			    -log(1 - $p / 100) / log(10)), $v);
			$median{$v->{program}} = $v->{median} if $p == 50;
		}
		my ($n, %style) = (1);
		$style{$_} = $_ eq 'haild' ? 0 : ++$n for @programs;
		$commands .= text($name, ($left + $right) / 2, 60, $height,
		    'center') . text('of all clients wait no longer',
		    ($left + $right) / 2, 375, $height, 'center')
		    . key_at($left, 395, $height, 'vertical maxrows 4 width 3')
		    . at(72, 330, $left, $right, $height)
		    . curves(map { [$_, $style{$_}, $points{$_}] }
		    sort { $median{$b} <=> $median{$a} } @programs);
		$commands .= "set format y \"\"\nunset label\n";
	}
	return $commands;
}

sub cost
{
	my $height = 640;
	my @values = values_of { $_->{name} eq 'cost' };
	return if !@values;
	my $commands = heading($height) . "set grid ytics lc rgb \"#dddddd\" lt 1\n"
	    . key_at(60, 600, $height, 'vertical maxrows 1 width 4')
	    . text("$titles{cost}; thin lines: spread", WIDTH / 2, 16, $height,
	    'center font "sans-serif,16"');
	my $top = 0;

	for (['idle sessions', ['haild, by idle sessions', 'exec', 'haild, exec', 0],
	    ['haild, by idle sessions', 'message', 'haild, message', 1],
	    ['bare, by idle sessions', 'message', 'bare, message', 2]],
	    ['services', ['haild, exec, by services', 'exec', 'haild, exec', 0],
	    ['haild, message, by services', 'message', 'haild, message', 1]]) {
		my ($of, @curves) = @$_;

		for (['rate', 'connections per second, more is better', 60, 350],
		    ['cpu', 'us of the daemon\'s CPU, less is better',
		    410, 700]) {
			my ($label, $what, $left, $right) = @$_;
			my (@drawn, @numbers, $highest);

			for (@curves) {
				my ($work, $kind, $name, $style) = @$_;
				my $points = '';

				my @of = grep { $_->{work} eq $work
				    && $_->{label} eq "$kind-$label" } @values;

				@numbers = map { $_->{program} } @of if @of;
				$points .= point($_, $of[$_]) for 0 .. $#of;
				push @drawn, [$name, $style, $points] if @of;
			}
			my $n = 0;
			$commands .= text($what, ($left + $right) / 2, $top + 44,
			    $height, 'center') . text("number of $of",
			    ($left + $right) / 2, $top + 292, $height, 'center')
			    . at($top + 58, $top + 250, $left, $right, $height)
			    . "set xrange [-0.2:" . ($#numbers + 0.2) . "]\n"
			    . 'set xtics (' . join(', ', map { my $s = $_;
			    $s =~ s/(\d)(\d{3})$/$1,$2/; "\"$s\" " . $n++ }
			    @numbers) . ")\nset yrange [0:*]\n"
			    . curves(@drawn) . key_at(0) . "unset label\n";
		}
		$top += 290;
	}
	return $commands;
}

# --- the files ---

my %plots = (
	rate => sub { bars($titles{rate},
	    grep { $_->{unit} eq 'conn/s' }
	    values_of { $_->{section} eq 'Exec and message' }) },
	latency => \&latency,
	cost => \&cost,
	tls => sub { bars($titles{tls}, grep { $_->{unit} ne 'kB'
	    && $_->{work} =~ /\bTLS\b/ } map { @{$_->{values}} } @rows) },
	contain => sub { bars($titles{contain}, grep { $_->{unit} ne 'kB' }
	    values_of { $_->{section} eq 'Containment' }) },
);

sub seal
{
	my ($commands, $svg) = @_;

	return sprintf "<!-- made by tests/bench/plot.pl: %s -->\n",
	    md5_hex("$commands$svg");
}

sub gnuplot
{
	my ($commands, $title) = @_;
	my $file = File::Temp->new;

	print $file $commands;
	close($file) or die "$file: $!\n";
	my $svg = `gnuplot '$file'`;
	die "gnuplot failed\n" if $? != 0 || $svg !~ m|</svg>\s*$|;
	return tidy($svg, $title);
}

# Remove the version of gnuplot, and what makes a file large: attributes that each
# element repeats, empty groups, and unused definitions.
sub tidy
{
	my ($svg, $title) = @_;
	my $same = ' stroke-linecap="butt" stroke-linejoin="miter"';
	my $black = ' color="black" stroke="currentColor" stroke-width="1.00"';
	my $font = ' font-family="sans-serif" font-size="13.00"';

	$svg =~ s|<desc>.*?</desc>||;
	$svg =~ s|<title>Gnuplot</title>|<title>$title</title>|;
	$svg =~ s|$same||g;
	$svg =~ s|$font *| |g;
	$svg =~ s|<g fill="none"$black>|<g>|g;
	$svg =~ s|<g fill="none"|<g|g;
	$svg =~ s|<g id="gnuplot_canvas">|<g fill="none"$black$same$font>|;
	$svg =~ s| id="gnuplot_plot_\w+" ><title>\w+</title>|>|g;
	$svg =~ s|rgb\( *(\d+), *(\d+), *(\d+)\)|rgb($1,$2,$3)|g;
	$svg =~ s|<path [^>]*d='M[\d.,]+ *'/>||g;
	$svg =~ s| stroke='rgb\(0,0,0\)' *| |g;
	$svg =~ s|<filter.*?</filter>\n||sg;
	$svg =~ s|<g[^>]*>\s*</g>\n?||g;
	$svg =~ s|^[ \t]+||mg;
	$svg =~ s|[ \t]*\n+|\n|g;
	return $svg;
}

my $wrong = 0;
for my $name (sort keys %plots) {
	my $file = "$directory/plot-$name.svg";
	my $commands = $plots{$name}->();

	next if !defined $commands;
	if (defined $check) {
		my $svg = '';

		if (open(my $f, '<', $file)) {
			$svg = join '', <$f>;
		}
		my ($body, $seal) = $svg =~ /^(.*<\/svg>\n)(<!-- .* -->\n)$/s;
		next if defined $seal && $seal eq seal($commands, $body);
		print "$file is not made from these results\n";
		$wrong = 1;
		next;
	}
	my $svg = gnuplot($commands, $titles{$name});
	open(my $f, '>', $file) or die "$file: $!\n";
	print $f $svg, seal($commands, $svg);
	close($f) or die "$file: $!\n";
}
exit $wrong;
