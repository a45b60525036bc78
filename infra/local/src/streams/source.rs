//! The functions that are fed by the table's stream, as data.

/// What a record shows of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The item as it is.
    NewImage,
    /// The item as it was and as it is.
    NewAndOldImages,
}

impl View {
    /// Its name in AWS.
    pub fn name(self) -> &'static str {
        match self {
            Self::NewImage => "NEW_IMAGE",
            Self::NewAndOldImages => "NEW_AND_OLD_IMAGES",
        }
    }
}

/// One event source on the stream, and the function that it invokes.
#[derive(Debug)]
pub struct StreamSource {
    /// Its name.
    pub name: &'static str,
    /// The function that is invoked with its records.
    pub function: &'static str,
    /// How many records one invocation gets at most.
    pub batch: usize,
    /// For how many seconds a batch is gathered that is not full (`MaximumBatchingWindowInSeconds`).
    pub window: i64,
    /// Patterns, of which a record must match one to be handed over; every record is where there are none.
    pub filters: &'static [&'static str],
    /// Whether the function says which records have failed (`ReportBatchItemFailures`).
    pub reports_failures: bool,
    /// Whether a batch that fails is split in two (`BisectBatchOnFunctionError`).
    pub bisects: bool,
    /// How often a batch that failed is tried again; until it is too old where nothing is said.
    pub retries: Option<u32>,
    /// How old a record may be in seconds; as old as the stream keeps it where nothing is said.
    pub record_age: Option<i64>,
    /// Where what is given up goes.
    pub dead_letters: Option<&'static str>,
}

/// What the table's stream shows.
pub const STREAM_VIEW: View = View::NewImage;

/// Every event source on the stream.
pub const STREAM_SOURCES: [StreamSource; 1] = [StreamSource {
    name: "changes",
    function: "publish-changes",
    batch: 100,
    window: 1,
    filters: &[r#"{"dynamodb": {"NewImage": {"t": {"S": [{"exists": true}]}}}}"#],
    reports_failures: true,
    bisects: true,
    retries: Some(8),
    record_age: None,
    dead_letters: Some("untold-dead"),
}];
