//! Where the wanted columns stand in a document.

/// Dots that the name of a column may have. Each dot doubles the ways in which keys can make up the name.
pub const MAX_DOTS: usize = 8;

/// A key that leads to wanted values, in one object of the plan.
pub struct Key {
    pub text: Vec<u8>,
    /// The place of the key's own value, if it is wanted.
    pub place: Option<usize>,
    /// The keys that matter inside its value, as an index of [`Plan::objects`].
    pub inside: Option<usize>,
    /// The places of its own value and of all values inside.
    pub places: std::ops::Range<usize>,
}

/// The keys that matter in one object.
#[derive(Default)]
pub struct Object {
    pub keys: Vec<Key>,
    /// The bits of [`mark`] of these keys.
    marks: u64,
}

impl Object {
    /// Returns the index of a key.
    #[inline(always)]
    pub fn find(&self, key: &[u8]) -> Option<usize> {
        if self.marks & mark(key) == 0 {
            return None;
        }
        self.keys.iter().position(|known| known.text == key)
    }
}

/// Returns one bit that most other keys do not have.
#[inline(always)]
fn mark(key: &[u8]) -> u64 {
    let first = key.first().map_or(0, |first| usize::from(*first));
    1 << ((key.len() * 11 + first) % 64)
}

/// The wanted values as a tree of keys. The first object is the document. A place is one way to a column: the name `a.b` may
/// be the key `a.b`, or the key `b` in the object `a`.
pub struct Plan {
    pub objects: Vec<Object>,
    /// The places of each column. The value of the first place that a document has counts.
    pub columns: Vec<Vec<usize>>,
    /// The number of places.
    pub places: usize,
}

impl Plan {
    /// Makes the plan for columns with these names, which have at most [`MAX_DOTS`] dots each.
    pub fn new(names: &[&[u8]]) -> Plan {
        let mut plan = Plan { objects: Vec::new(), columns: names.iter().map(|_| Vec::new()).collect(), places: 0 };
        let wanted: Vec<(usize, &[u8])> = names.iter().copied().enumerate().collect();
        plan.object(&wanted);
        plan
    }

    /// Adds an object in which these names are wanted, each by the rest of its path. Returns its index.
    fn object(&mut self, wanted: &[(usize, &[u8])]) -> usize {
        let index = self.objects.len();
        self.objects.push(Object::default());
        let mut keys: Vec<&[u8]> = Vec::new();
        for (_, name) in wanted {
            // Longer keys first: places of a column are looked at in this order.
            let cuts = (0..name.len()).rev().filter(|at| name[*at] == b'.').map(|at| &name[..at]);
            keys.extend(std::iter::once(*name).chain(cuts));
        }
        keys.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        keys.dedup();
        for key in keys {
            let begin = self.places;
            let mut place = None;
            let mut inside: Vec<(usize, &[u8])> = Vec::new();
            for (column, name) in wanted {
                match name.strip_prefix(key) {
                    Some([]) => self.columns[*column].push(*place.get_or_insert(begin)),
                    Some([b'.', rest @ ..]) => inside.push((*column, rest)),
                    _ => {}
                }
            }
            self.places += usize::from(place.is_some());
            let inside = if inside.is_empty() { None } else { Some(self.object(&inside)) };
            let object = &mut self.objects[index];
            object.marks |= mark(key);
            object.keys.push(Key { text: key.to_vec(), place, inside, places: begin..self.places });
        }
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_place_for_each_way_to_cut_it_longer_keys_first() {
        let plan = Plan::new(&[b"a.b.c", b"a", b"a"]);
        let paths = |object: usize| -> Vec<String> {
            fn walk(plan: &Plan, object: usize, before: &str, paths: &mut Vec<(usize, String)>) {
                for key in &plan.objects[object].keys {
                    let path = format!("{before}/{}", String::from_utf8_lossy(&key.text));
                    key.place.into_iter().for_each(|place| paths.push((place, path.clone())));
                    key.inside.into_iter().for_each(|inside| walk(plan, inside, &path, paths));
                }
            }
            let mut paths = Vec::new();
            walk(&plan, object, "", &mut paths);
            paths.sort();
            paths.into_iter().map(|(_, path)| path).collect()
        };
        assert_eq!(paths(0), ["/a.b.c", "/a.b/c", "/a", "/a/b.c", "/a/b/c"]);
        assert_eq!(plan.columns, [vec![0, 1, 3, 4], vec![2], vec![2]]);
        assert_eq!(plan.places, 5);
    }
}
