//! The grid: three columns over an 8-unit raster, and how high a lane is. All numbers of the layout live here.

use crate::scene::{Point, Rect};

/// The raster: every box begins and ends on a multiple of it, as far as the viewport's width allows.
pub const UNIT: f32 = 8.0;
/// A title above a block.
pub const TITLE: f32 = 32.0;
/// Between two blocks of a column.
pub const BLOCK_GAP: f32 = 24.0;
/// Between two sections (lanes, retries, windows); the dashed path of failure runs in it.
pub const SECTION_GAP: f32 = 32.0;
/// The narrowest viewport that the columns are made for; a narrower one is drawn as if it were this wide.
pub const NARROWEST: f32 = 640.0;
/// From this width on the columns grow no further; the lanes do.
const WIDE: f32 = 1_000.0;
/// What a finger needs to hit one thing and not its neighbour.
pub const FINGER: f32 = 44.0;
/// Left of a lane: its label.
pub const LABEL: f32 = 32.0;

/// A box.
pub fn rect(x: f32, y: f32, w: f32, h: f32) -> Rect {
    Rect { x, y, w, h }
}

/// A point.
pub fn point(x: f32, y: f32) -> Point {
    Point { x, y }
}

/// The nearest multiple of the raster that is not larger.
pub fn snap(length: f32) -> f32 {
    (length / UNIT).floor() * UNIT
}

/// A small count as a length.
pub fn count(n: usize) -> f32 {
    f32::from(u16::try_from(n).unwrap_or(u16::MAX))
}

/// How many whole `pitch`es fit into `length`.
pub fn fitting(length: f32, pitch: f32) -> usize {
    if length < pitch { 0 } else { (length / pitch) as usize }
}

/// Where the columns stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Columns {
    /// The stage's width.
    pub width: f32,
    /// Free at both sides.
    pub margin: f32,
    /// The producers: left side.
    pub producers_x: f32,
    /// Their width.
    pub producers_w: f32,
    /// The lanes' troughs: left side.
    pub lanes_x: f32,
    /// Their width.
    pub lanes_w: f32,
    /// The groups: left side.
    pub groups_x: f32,
    /// Their width.
    pub groups_w: f32,
    /// Whether things are hit with a finger.
    pub is_touch: bool,
}

impl Columns {
    /// The columns for a viewport of that width.
    pub fn of(width: f32) -> Columns {
        let width = if width.is_finite() { width.max(NARROWEST) } else { NARROWEST };
        let share = ((width - NARROWEST) / (WIDE - NARROWEST)).clamp(0.0, 1.0);
        let between = |narrow: f32, wide: f32| snap(narrow + (wide - narrow) * share);
        let margin = between(16.0, 32.0);
        let producers_w = between(104.0, 120.0);
        let groups_w = between(152.0, 192.0);
        let lanes_x = margin + producers_w + between(72.0, 96.0);
        let groups_x = snap(width - margin - groups_w);
        let lanes_w = snap(groups_x - lanes_x - between(48.0, 88.0));
        let is_touch = false;
        Columns {
            width,
            margin,
            producers_x: margin,
            producers_w,
            lanes_x,
            lanes_w,
            groups_x,
            groups_w,
            is_touch,
        }
    }

    /// The same while nobody reads: the lanes take the room of the groups.
    pub fn without_groups(self) -> Columns {
        Columns { lanes_w: snap(self.groups_x + self.groups_w - self.lanes_x), ..self }
    }

    /// `of_mouse`, or what a finger needs if that is more.
    pub fn or_finger(&self, of_mouse: f32) -> f32 {
        if self.is_touch { of_mouse.max(FINGER) } else { of_mouse }
    }

    /// Left side and width of what stands below the columns.
    pub fn wide(&self) -> (f32, f32) {
        (self.lanes_x, self.groups_x + self.groups_w - self.lanes_x)
    }
}

/// How much room a lane has, by how many lanes share the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Density {
    /// Tiles with letters, offsets below.
    Roomy,
    /// Smaller tiles with letters, offsets below.
    Compact,
    /// Tiles by colour and shape only; letters and offsets are left to the inspector.
    Tiny,
    /// Tiles for a finger, however many lanes there are: the stage scrolls.
    Touch,
}

/// The measures of a lane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LaneMeasures {
    /// Above the trough, for position marks.
    pub above: f32,
    /// The trough.
    pub height: f32,
    /// Below it, for offsets.
    pub below: f32,
    /// A tile's width.
    pub cell_w: f32,
    /// A tile's height.
    pub cell_h: f32,
    /// From one tile to the next.
    pub pitch: f32,
}

impl Density {
    /// The roomiest density with which so many lanes are not higher than `room`.
    pub fn of(lanes: usize, room: f32) -> Density {
        let fits = |density: &Density| count(lanes) * density.lane().step() <= room;
        [Density::Roomy, Density::Compact].into_iter().find(fits).unwrap_or(Density::Tiny)
    }

    /// Its measures.
    pub fn lane(self) -> LaneMeasures {
        match self {
            Density::Roomy => LaneMeasures {
                above: 16.0,
                height: 40.0,
                below: 16.0,
                cell_w: 28.0,
                cell_h: 32.0,
                pitch: 32.0,
            },
            Density::Compact => LaneMeasures {
                above: 16.0,
                height: 24.0,
                below: 16.0,
                cell_w: 21.0,
                cell_h: 20.0,
                pitch: 24.0,
            },
            Density::Touch => LaneMeasures {
                above: 16.0,
                height: 48.0,
                below: 16.0,
                cell_w: 40.0,
                cell_h: 40.0,
                pitch: FINGER,
            },
            Density::Tiny => {
                LaneMeasures { above: 8.0, height: 16.0, below: 0.0, cell_w: 13.0, cell_h: 12.0, pitch: 16.0 }
            }
        }
    }
}

impl LaneMeasures {
    /// From one lane to the next.
    pub fn step(&self) -> f32 {
        self.above + self.height + self.below
    }
}

impl Rect {
    /// Its right side.
    pub fn right(&self) -> f32 {
        self.x + self.w
    }

    /// Its lower side.
    pub fn bottom(&self) -> f32 {
        self.y + self.h
    }

    /// Its middle.
    pub fn center(&self) -> Point {
        point(self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    /// True if the two share some area.
    pub fn overlaps(&self, other: &Rect) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }
}

/// A text broken into lines of at most `width`, for small type.
pub fn wrapped(text: &str, width: f32) -> Vec<String> {
    /// Mean width of a character.
    const CHAR: f32 = 6.4;
    let most = fitting(width, CHAR).max(16);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A curve that leaves and arrives horizontally.
pub fn sideways(from: Point, to: Point) -> [Point; 4] {
    let middle = (from.x + to.x) / 2.0;
    [from, point(middle, from.y), point(middle, to.y), to]
}

/// A straight line as a curve.
pub fn straight(from: Point, to: Point) -> [Point; 4] {
    let at = |share: f32| point(from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share);
    [from, at(1.0 / 3.0), at(2.0 / 3.0), to]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_get_lower_when_there_are_many() {
        let of = |lanes| Density::of(lanes, 480.0);
        assert_eq!([1, 6, 7, 8, 9, 50].map(of).map(|d| d as u8), [0, 0, 1, 1, 2, 2]);
        assert_eq!(Density::of(9, 700.0), Density::Roomy);
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("one two three four five six", 64.0), ["one two three", "four five six"]);
        assert_eq!(wrapped("", 640.0), [""]);
    }

    #[test]
    fn columns_never_overlap_and_stay_on_the_raster() {
        for width in 600..1_600_u16 {
            let c = Columns::of(f32::from(width));
            assert!(c.producers_x + c.producers_w + LABEL + UNIT <= c.lanes_x, "{c:?}");
            assert!(c.lanes_x + c.lanes_w + 40.0 <= c.groups_x, "{c:?}");
            assert!(c.groups_x + c.groups_w <= c.width - c.margin, "{c:?}");
            assert!(c.lanes_w >= 208.0, "{c:?}");
            for edge in [c.margin, c.lanes_x, c.lanes_w, c.groups_x, c.groups_w] {
                assert_eq!(edge, snap(edge), "{c:?}");
            }
        }
        assert_eq!(Columns::of(f32::NAN), Columns::of(0.0));
    }
}
