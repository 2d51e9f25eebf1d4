"""Pages are whole, escaped and fetch nothing."""

from jaxaug.report.document import save


def test_a_page_is_written_whole(tmp_path):
  path = save(tmp_path / 'deep' / 'page.html', 'a <b> & c', '<p>body</p>')
  text = path.read_text()
  assert '<title>a &lt;b&gt; &amp; c · jaxaug</title>' in text and '<p>body</p></main>' in text
  assert 'http' not in text and [p.name for p in path.parent.iterdir()] == ['page.html']
